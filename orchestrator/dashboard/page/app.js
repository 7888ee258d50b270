// The frame: which page the address names, the service's strip, the theme, the token.

import {get, getToken, onHealth, poll} from './api.js';
import {isDark} from './colors.js';
import {h, setText} from './dom.js';
import {compact} from './format.js';
import {askToken} from './steer.js';
import {experimentPage} from './experiment_page.js';
import {listPage} from './list_page.js';
import {servicePage} from './service_page.js';
import {trialPage} from './trial_page.js';

const main = document.getElementById('main');
let shown = new AbortController();

const kRoutes = [
  [/^\/?$/, 'experiments', listPage],
  [/^\/service$/, 'service', servicePage],
  [/^\/experiments\/(\d+)$/, 'experiments', experimentPage],
  [/^\/trials\/(\d+)\/(\d+)(?:\/(\w+))?$/, 'experiments', trialPage],
];

function show() {
  const path = location.hash.slice(1);
  if (!path.startsWith('/') && path) return;  // a link within the page
  shown.abort();
  shown = new AbortController();
  const route = kRoutes.find(([pattern]) => pattern.test(path));
  for (const link of document.querySelectorAll('nav a[data-page]')) {
    if (route && link.dataset.page === route[1]) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (!route) {
    main.replaceChildren(h('p', {class: 'empty'}, 'There is no such page. ',
                           h('a', {href: '#/'}, 'All experiments')));
    return;
  }
  main.replaceChildren();
  scrollTo(0, 0);
  route[2](main, path.match(route[0]).slice(1), shown.signal);
}

function showTheme() {
  const button = document.getElementById('theme');
  const chosen = document.documentElement.dataset.theme;
  setText(button, isDark() ? '☾' : '☀');
  button.title = `Colours: ${chosen || 'as the system'}; click for ${isDark() ? 'light' : 'dark'}`;
  button.setAttribute('aria-label', button.title);
}

document.getElementById('theme').addEventListener('click', () => {
  const next = isDark() ? 'light' : 'dark';
  // Back to what the system says as soon as that is the same.
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  if (next === system) {
    localStorage.removeItem('theme');
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem('theme', next);
    document.documentElement.dataset.theme = next;
  }
  document.dispatchEvent(new Event('themechange'));
});
document.addEventListener('themechange', showTheme);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);
showTheme();

function showToken() {
  const button = document.getElementById('token');
  setText(button, getToken() ? 'Unlocked' : 'Read-only');
  button.title = getToken() ? 'Pause, cancel and the like are allowed; click to lock'
                            : 'Enter the token to pause, cancel, resume or preempt';
  button.setAttribute('aria-pressed', String(Boolean(getToken())));
}
document.getElementById('token').addEventListener('click', askToken);
document.addEventListener('tokenchange', showToken);
showToken();

onHealth((why) => {
  const light = document.getElementById('live');
  light.dataset.live = String(!why);
  setText(light, why || 'live');
});

const strip = document.getElementById('strip');
poll(async () => {
  const answer = await get('service');
  strip.replaceChildren(
      h('span', {title: 'slots in use'}, h('b', null, `${answer.service.used_slots}/${answer.service.slots}`), ' slots'),
      h('span', {title: 'SAC updates per second of all trials'},
        h('b', null, compact(answer.updates_per_second)), ' updates/s'),
      h('span', {title: 'trials that wait for a slot'}, h('b', null, answer.queued_trials),
        ' queued'));
}, 3000, new AbortController().signal);

addEventListener('hashchange', show);
show();
