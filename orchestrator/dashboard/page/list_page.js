// All experiments, newest first.

import {get, poll} from './api.js';
import {h, table} from './dom.js';
import {ago, clock, count, elapsed, percent, real, stateName} from './format.js';
import {experimentTags, progressBar, stateBadge, stateBar} from './state.js';

function lower(states) {
  return Object.fromEntries(Object.entries(states).map(([name, n]) => [stateName(name), n]));
}

function row(entry) {
  const {experiment} = entry;
  const share = entry.num_steps > 0 ? entry.step / entry.num_steps : NaN;
  const succeeded = experiment.state === 'EXPERIMENT_SUCCEEDED';
  return h('tr', null,
           h('td', {class: 'number'}, experiment.id),
           h('th', {scope: 'row'}, h('a', {href: `#/experiments/${experiment.id}`},
                                     experiment.name || 'unnamed'), ' ',
             experimentTags(experiment)),
           h('td', null, stateBadge(experiment.state)),
           h('td', {class: 'number'}, entry.trials.toLocaleString('en')),
           h('td', {class: 'wide'}, stateBar(lower(entry.trial_states))),
           h('td', {class: 'wide'}, h('div', {class: 'withtext'},
             progressBar(succeeded ? 1 : share, `steps of experiment ${experiment.id}`),
             h('span', {class: 'number'}, succeeded ? '100 %' : percent(share)))),
           h('td', {class: 'number'}, real(entry.best_return)),
           h('td', {title: clock(experiment.submitted_at)}, ago(experiment.submitted_at)),
           h('td', null, elapsed(experiment)));
}

const kHeads = [{text: 'Id', number: true}, 'Name', 'State', {text: 'Trials', number: true},
                'Trials by state', 'Steps', {text: 'Best return', number: true}, 'Submitted',
                'Time'];

export function listPage(root, _, signal) {
  document.title = 'Experiments · VaGraM';
  let entries = null;
  let total = 0;
  let wanted = '';
  const body = h('div');
  const number = h('span', {class: 'muted'});
  const filter = h('input', {
    type: 'search', placeholder: 'Filter by name or state', 'aria-label': 'Filter experiments',
    oninput: (event) => {
      wanted = event.target.value.toLowerCase();
      draw();
    },
  });
  root.append(h('div', {class: 'heading'}, h('h1', null, 'Experiments'), number,
                h('div', {class: 'grow'}), filter), body);

  function draw() {
    if (!entries) return;
    const kept = entries.filter(({experiment}) =>
      `${experiment.id} ${experiment.name} ${stateName(experiment.state)} ${
        experiment.tuning ? 'tuning' : ''}`.toLowerCase()
          .includes(wanted));
    number.textContent = total > entries.length
      ? `the newest ${entries.length} of ${count(total, 'experiment')}; vagram list has the rest`
      : count(entries.length, 'experiment');
    if (entries.length === 0) {
      body.replaceChildren(h('div', {class: 'welcome'},
        h('p', null, 'Nothing has been submitted yet.'),
        h('pre', null, './vagram submit experiments/quickstart.yaml')));
      return;
    }
    // Where somebody is with the keyboard, they stay.
    const focused = document.activeElement && document.activeElement.getAttribute('href');
    body.replaceChildren(table('Experiments', kHeads, kept.map(row), 'none of that name or state'));
    if (focused) {
      const link = body.querySelector(`a[href="${CSS.escape(focused)}"]`);
      if (link) link.focus({preventScroll: true});
    }
  }

  poll(async () => {
    // As many as the service tells of at once.
    ({experiments: entries, total} = await get('experiments', {limit: 200}, signal));
    draw();
  }, 2000, signal);
}
