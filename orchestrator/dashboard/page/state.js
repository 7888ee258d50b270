// How states look: a sign, a word and a colour, so that the colour is never alone.

import {h} from './dom.js';
import {stateName} from './format.js';

export const kStates = ['running', 'starting', 'stalled', 'queued', 'paused', 'succeeded', 'stopped',
                        'failed', 'cancelled'];
const kSigns = {running: '▶', starting: '…', stalled: '!', queued: '○', paused: '‖',
                succeeded: '✓', stopped: '◼', failed: '✕', cancelled: '–'};

export function stateBadge(state) {
  const name = stateName(state);
  return h('span', {class: `state ${name}`},
           h('span', {class: 'sign', 'aria-hidden': 'true'}, kSigns[name] || '?'), name);
}

// What is special about an experiment, in a word each.
export function experimentTags({priority, tuning}) {
  return [
    priority ? h('span', {class: 'tag', title: 'Higher priorities get slots first'},
                 `priority ${priority}`) : null,
    tuning ? h('span', {class: 'tag', title: 'Its seeds are to choose settings by, not to report'},
               'tuning') : null];
}

// How many trials are in which state, as a bar. `counts`: by names of states.
export function stateBar(counts) {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const order = ['succeeded', 'stopped', 'running', 'starting', 'stalled', 'paused', 'failed',
                 'cancelled', 'queued'];
  const words = order.filter((name) => counts[name]).map((name) => `${counts[name]} ${name}`);
  return h('div', {class: 'statebar', role: 'img', 'aria-label': words.join(', ') || 'no trials',
                   title: words.join(', ')},
           order.filter((name) => counts[name]).map((name) => h('span', {
             class: name, style: {'flex-grow': String(counts[name] / Math.max(1, total))},
           })));
}

export function progressBar(share, label) {
  const known = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
  return h('div', {class: 'progress', role: 'progressbar', 'aria-valuemin': '0',
                   'aria-valuemax': '100', 'aria-valuenow': String(Math.floor(100 * known)),
                   'aria-label': label || 'progress'},
           h('span', {style: {width: `${100 * known}%`}}));
}
