// The trials of an experiment: sortable, filterable, and quick with thousands, as only the rows in
// sight are elements.

import {h, replaceKeepingFocus, toggle} from './dom.js';
import {compact, count, duration, elapsed, hasEnded, number, real, seconds, since,
        stateName} from './format.js';
import {indexOf, nameOf, shortName} from './groups.js';
import {kStates, progressBar, stateBadge} from './state.js';

const kRowHeight = 34;  // as style.css has it
const kRowsAround = 12;

function returnOf(trial) {
  return trial.final_return !== undefined ? trial.final_return
    : number(trial.progress && trial.progress.episode_return);
}

function etaOf(trial) {
  return ['running', 'starting'].includes(stateName(trial.state)) && trial.progress
    ? trial.progress.eta_seconds : NaN;
}

function stepOf(trial) {
  return number(trial.progress && trial.progress.step);
}

function timeOf(trial) {
  if (!trial.started_at) return NaN;
  return trial.ended_at ? seconds(trial.ended_at) - seconds(trial.started_at)
    : since(trial.started_at);
}

const kColumns = [
  {key: 'trial', text: 'Trial', value: indexOf, number: true},
  {key: 'label', text: 'Label', value: (trial) => trial.label},
  {key: 'state', text: 'State', value: (trial) => kStates.indexOf(stateName(trial.state))},
  {key: 'seed', text: 'Seed', value: (trial) => number(trial.seed), number: true},
  {key: 'step', text: 'Step', value: stepOf},
  {key: 'return', text: 'Return', value: returnOf, number: true},
  {key: 'eta', text: 'ETA', value: etaOf, number: true},
  {key: 'time', text: 'Time', value: timeOf, number: true},
  {key: 'attempt', text: 'Attempt', value: (trial) => number(trial.attempt), number: true},
  {key: 'reason', text: 'Reason', value: (trial) => trial.reason},
];

// What has no value comes last, whichever way the others are sorted.
function compare(a, b, direction) {
  if (typeof a === 'string') return direction * a.localeCompare(b, 'en', {numeric: true});
  const missing = Number.isNaN(a) - Number.isNaN(b);
  return missing !== 0 || Number.isNaN(a) ? missing : direction * (a - b);
}

export class TrialTable {
  // `onChoice`: called when other trials may be kept by the filters or chosen by their boxes; with
  // true when somebody did that, as trials change states by themselves.
  constructor(onChoice, signal) {
    this.onChoice = onChoice;
    this.trials = [];
    this.keys = [];
    this.kept = [];
    this.chosen = new Set();
    this.sort = {key: 'trial', direction: 1};
    this.text = '';
    this.states = new Set();

    this.note = h('span', {class: 'muted', role: 'status'});
    this.stateChips = h('div', {class: 'chips', role: 'group', 'aria-label': 'Only with states'});
    this.head = h('tr', {'aria-rowindex': '1'});
    this.body = h('tbody');
    this.table = h('table', {class: 'trials'}, h('caption', {class: 'hidden'}, 'Trials'),
                   h('thead', null, this.head), this.body);
    this.view = h('div', {class: 'scroll virtual', tabindex: '0', role: 'region',
                          'aria-label': 'Trials'}, this.table);
    this.element = h('section', {'aria-label': 'Trials'},
      h('div', {class: 'toolbar'}, h('h2', null, 'Trials'), this.note, h('span', {class: 'grow'}),
        this.stateChips,
        h('input', {type: 'search', placeholder: 'Filter: label, reason, 3/17…',
                    'aria-label': 'Filter trials', oninput: (event) => {
                      this.text = event.target.value.toLowerCase();
                      this.refresh(true);
                    }})),
      this.view);
    this.drawHead();
    let waiting = false;
    const later = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        this.drawRows();
      });
    };
    this.view.addEventListener('scroll', later, {signal, passive: true});
    addEventListener('resize', later, {signal});
  }

  // `keys`: that tell trials apart, apart from the seed, which has a column of its own.
  show(trials, keys) {
    this.trials = trials;
    this.keys = keys;
    this.refresh(false);
  }

  keeps(trial) {
    if (this.states.size > 0 && !this.states.has(stateName(trial.state))) return false;
    return !this.text ||
      `${trial.id} ${trial.label} ${trial.reason} ${stateName(trial.state)}`.toLowerCase()
          .includes(this.text);
  }

  // Trials that the curves are to show; null for all.
  choice() {
    if (this.chosen.size > 0) return [...this.chosen];
    return this.kept.length < this.trials.length ? this.kept.map(indexOf) : null;
  }

  refresh(byUser) {
    const column = kColumns.find(({key}) => key === this.sort.key);
    this.kept = this.trials.filter((trial) => this.keeps(trial));
    this.kept.sort((a, b) => compare(column.value(a), column.value(b), this.sort.direction) ||
                             indexOf(a) - indexOf(b));
    this.drawChips();
    this.note.textContent = (this.kept.length === this.trials.length
      ? count(this.trials.length, 'trial')
      : `${this.kept.length} of ${count(this.trials.length, 'trial')}`) +
      (this.chosen.size > 0 ? `, ${this.chosen.size} chosen` : '');
    this.table.setAttribute('aria-rowcount', String(this.kept.length + 1));
    this.drawRows(true);
    this.onChoice(byUser);
  }

  drawChips() {
    const counts = {};
    for (const trial of this.trials) {
      const name = stateName(trial.state);
      counts[name] = (counts[name] || 0) + 1;
    }
    const names = kStates.filter((name) => counts[name] || this.states.has(name));
    const text = JSON.stringify([names.map((name) => counts[name]), [...this.states]]);
    if (this.chipsText === text) return;
    this.chipsText = text;
    replaceKeepingFocus(this.stateChips, ...names.map((name) =>
      toggle(`${name} ${counts[name] || 0}`, this.states.has(name), () => {
        if (!this.states.delete(name)) this.states.add(name);
        this.refresh(true);
      })));
  }

  drawHead() {
    const all = h('input', {type: 'checkbox', 'aria-label': 'Choose all trials that are shown',
      onchange: () => {
        this.chosen = new Set(all.checked ? this.kept.map(indexOf) : []);
        this.refresh(true);
      }});
    this.head.replaceChildren(h('th', {scope: 'col', class: 'box'}, all), ...kColumns.map((column) => {
      const sorted = this.sort.key === column.key;
      const arrow = !sorted ? '' : this.sort.direction > 0 ? ' ▲' : ' ▼';
      return h('th', {
        scope: 'col', class: `col-${column.key}${column.number ? ' number' : ''}`,
        'aria-sort': !sorted ? 'none' : this.sort.direction > 0 ? 'ascending' : 'descending',
      }, h('button', {type: 'button', class: 'sort', onclick: () => {
        this.sort = {key: column.key, direction: sorted ? -this.sort.direction
          : column.key === 'return' ? -1 : 1};
        this.drawHead();
        this.refresh(false);
        this.head.querySelector(`th.col-${column.key} button`).focus();
      }}, column.text + arrow));
    }));
  }

  drawRows(always) {
    const fits = Math.ceil(this.view.clientHeight / kRowHeight) || 15;
    const first = Math.max(0, Math.min(Math.floor(this.view.scrollTop / kRowHeight) - kRowsAround,
                                       this.kept.length - fits));
    const last = Math.min(this.kept.length, first + fits + 2 * kRowsAround);
    if (!always && first === this.first && last === this.last) return;
    this.first = first;
    this.last = last;
    const active = document.activeElement;
    const focused = this.body.contains(active) && active.closest('tr').dataset.trial;
    const wasBox = focused && active.type === 'checkbox';
    const space = (rows) => (rows > 0
      ? [h('tr', {class: 'space', 'aria-hidden': 'true', style: {height: `${rows * kRowHeight}px`}},
           h('td', {colspan: String(kColumns.length + 1)}))] : []);
    const rows = this.kept.slice(first, last).map((trial, i) => this.row(trial, first + i));
    this.body.replaceChildren(...space(first), ...rows, ...space(this.kept.length - last));
    if (this.kept.length === 0) {
      this.body.replaceChildren(h('tr', null, h('td', {
        class: 'empty', colspan: String(kColumns.length + 1)}, 'no trial passes the filters')));
    }
    if (focused) {
      const row = this.body.querySelector(`tr[data-trial="${focused}"]`);
      if (row) row.querySelector(wasBox ? 'input' : 'a').focus({preventScroll: true});
    }
  }

  row(trial, place) {
    const index = indexOf(trial);
    const share = stepOf(trial) / number(trial.progress && trial.progress.num_steps);
    const box = h('input', {type: 'checkbox', checked: this.chosen.has(index),
      'aria-label': `Choose trial ${trial.id}`, onchange: () => {
        if (!this.chosen.delete(index)) this.chosen.add(index);
        this.refresh(true);
      }});
    return h('tr', {'data-trial': trial.id, 'aria-rowindex': String(place + 2),
                    class: this.chosen.has(index) ? 'chosen' : null},
      h('td', {class: 'box'}, box),
      h('th', {scope: 'row', class: 'number'}, h('a', {href: `#/trials/${trial.id}`}, trial.id)),
      h('td', {title: trial.label}, shortName(nameOf(trial, this.keys), this.keys) || '–'),
      h('td', null, stateBadge(trial.state)),
      h('td', {class: 'number'}, trial.seed),
      h('td', {class: 'step'}, h('div', {class: 'withtext'},
        progressBar(share, `steps of trial ${trial.id}`),
        h('span', {class: 'number'}, compact(stepOf(trial))))),
      h('td', {class: 'number'}, real(returnOf(trial))),
      h('td', {class: 'number'}, hasEnded(trial.state) ? '' : duration(etaOf(trial))),
      h('td', {class: 'number'}, trial.started_at ? elapsed(trial) : ''),
      h('td', {class: 'number'}, trial.attempt),
      h('td', {class: 'reason', title: trial.reason},
        trial.reason || (hasEnded(trial.state) ? '' : (trial.progress || {}).activity)));
  }
}
