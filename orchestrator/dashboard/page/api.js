// The service's API: JSON, event streams, and actions that want the token.

const kNoConnection = 'no connection';

const ill = new Map();  // what should keep the page up to date and does not: why
let healthListener = () => {};

// `why`: empty for one that is well, or that nobody needs any more.
function setHealth(who, why) {
  if (why) ill.set(who, why); else ill.delete(who);
  healthListener([...ill.values()][0] || '');
}

// Calls `listener(why)` with why the page is not up to date; empty: it is.
export function onHealth(listener) {
  healthListener = listener;
}

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function request(path, options) {
  try {
    return await fetch(`/api/${path}`, options);
  } catch (error) {
    // Every browser has other words for it.
    throw error.name === 'AbortError' ? error : new Error(kNoConnection);
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
  return answerOf(await request(`${path}${text ? `?${text}` : ''}`, {signal}));
}

export function getToken() {
  return sessionStorage.getItem('token') || '';
}

export function setToken(token) {
  if (token) sessionStorage.setItem('token', token); else sessionStorage.removeItem('token');
}

export async function post(path) {
  return answerOf(await request(path, {
    method: 'POST',
    headers: {Authorization: `Bearer ${getToken()}`},
  }));
}

// Why the service refuses a stream, as an EventSource does not say.
async function whyRefused(path) {
  const heard = new AbortController();
  try {
    const response = await request(path, {signal: heard.signal});
    if (!response.ok) await answerOf(response);
    return kNoConnection;  // it would not refuse now
  } catch (error) {
    return error.message;
  } finally {
    heard.abort();
  }
}

// Calls `handlers[name](json)` for every event. Browsers allow a few connections to one server
// only, so a page that nobody sees gives its own back.
export function listen(path, handlers, signal) {
  const who = {};
  let source = null;
  const close = () => {
    if (source) source.close();
    source = null;
    setHealth(who, '');
  };
  const open = () => {
    if (source || signal.aborted || document.hidden) return;
    source = new EventSource(`/api/${path}`);
    source.onopen = () => setHealth(who, '');
    source.onerror = async () => {
      if (source.readyState !== EventSource.CLOSED) {
        setHealth(who, kNoConnection);
        return;
      }
      // After an answer other than 200 the browser does not try again by itself.
      source = null;
      setTimeout(open, 3000);
      const why = await whyRefused(path);
      if (!source && !signal.aborted && !document.hidden) setHealth(who, why);
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
      setHealth(who, '');
    } catch (error) {
      if (!signal.aborted) setHealth(who, error.message);
    }
    if (signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(turn, Math.max(milliseconds, 5 * (performance.now() - begin)));
  };
  document.addEventListener('visibilitychange', turn, {signal});
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    setHealth(who, '');
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
