// The service's API: JSON, event streams, and actions that want the token.

const live = new Set();  // what keeps the page up to date, and is well
let liveListener = () => {};

function setLive(who, isLive) {
  if (isLive) live.add(who); else live.delete(who);
  liveListener(live.size > 0);
}

export function onLive(listener) {
  liveListener = listener;
}

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function answerOf(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.message || response.statusText);
  return body;
}

// Parameters with a list as their value are repeated.
export async function get(path, parameters, signal) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters || {})) {
    for (const one of [value].flat()) query.append(name, one);
  }
  const text = query.toString();
  return answerOf(await fetch(`/api/${path}${text ? `?${text}` : ''}`, {signal}));
}

export function getToken() {
  return sessionStorage.getItem('token') || '';
}

export function setToken(token) {
  if (token) sessionStorage.setItem('token', token); else sessionStorage.removeItem('token');
}

export async function post(path) {
  return answerOf(await fetch(`/api/${path}`, {
    method: 'POST',
    headers: {Authorization: `Bearer ${getToken()}`},
  }));
}

// Calls `handlers[name](json)` for every event. Browsers allow a few connections to one server
// only, so a page that nobody sees gives its own back.
export function listen(path, handlers, signal) {
  const who = {};
  let source = null;
  const close = () => {
    if (source) source.close();
    source = null;
    setLive(who, false);
  };
  const open = () => {
    if (source || signal.aborted) return;
    source = new EventSource(`/api/${path}`);
    source.onopen = () => setLive(who, true);
    source.onerror = () => {
      setLive(who, false);
      // After an answer other than 200 the browser does not try again by itself.
      if (source && source.readyState === EventSource.CLOSED) {
        close();
        setTimeout(() => !document.hidden && open(), 3000);
      }
    };
    for (const [name, handler] of Object.entries(handlers)) {
      if (name === 'open') source.addEventListener('open', handler);
      else source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
    }
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()),
                            {signal});
  signal.addEventListener('abort', close);
  // Not before the page has loaded, or the browser would show it as loading for ever.
  if (document.readyState === 'complete') open();
  else addEventListener('load', () => setTimeout(open), {once: true, signal});
}

// Calls `ask` now and then, for as long as somebody sees the page; the pause grows with what an
// answer takes.
export function poll(ask, milliseconds, signal) {
  const who = {};
  let timer = 0;
  const turn = async () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    const begin = performance.now();
    try {
      await ask();
      setLive(who, !signal.aborted);
    } catch (error) {
      setLive(who, false);
    }
    if (signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(turn, Math.max(milliseconds, 5 * (performance.now() - begin)));
  };
  document.addEventListener('visibilitychange', turn, {signal});
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    setLive(who, false);
  });
  turn();
  return turn;
}

// Calls `ask` some time after what it asks about has changed, never twice at once; the pause between
// two calls grows with what an answer takes. Answers what is to be called with every change, with
// true for one that somebody made and waits for.
export function refresher(ask, signal) {
  let changed = false;
  let busy = false;
  let askedAt = -Infinity;
  let cost = 0;
  let timer = 0;
  const turn = async () => {
    clearTimeout(timer);
    if (busy || !changed || signal.aborted || document.hidden) return;
    const pause = askedAt + Math.max(2000, 5 * cost) - performance.now();
    if (pause > 0) {
      timer = setTimeout(turn, pause);
      return;
    }
    busy = true;
    changed = false;
    askedAt = performance.now();
    const begin = askedAt;
    await ask().finally(() => {
      busy = false;
      cost = performance.now() - begin;
    });
    turn();
  };
  document.addEventListener('visibilitychange', turn, {signal});
  signal.addEventListener('abort', () => clearTimeout(timer));
  return (now) => {
    changed = true;
    if (now) askedAt = -Infinity;
    turn();
  };
}
