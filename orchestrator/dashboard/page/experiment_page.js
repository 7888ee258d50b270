// One experiment: how it goes, its curves, its groups compared, its trials.

import {get, listen} from './api.js';
import {onTheme} from './colors.js';
import {ComparePanel} from './compare.js';
import {CurvesPanel} from './curves.js';
import {h, tile} from './dom.js';
import {ago, clock, compact, count, duration, elapsed, hasEnded, number, percent, real,
        stateName} from './format.js';
import {indexOf, ranges} from './groups.js';
import {experimentTags, stateBadge, stateBar} from './state.js';
import {actions} from './steer.js';
import {TrialTable} from './trial_table.js';

function tiles(experiment, trials) {
  const counts = {};
  let step = 0, shares = 0, speed = 0, eta = 0, best = NaN;
  for (const trial of trials) {
    const state = stateName(trial.state);
    counts[state] = (counts[state] || 0) + 1;
    const progress = trial.progress || {};
    step += number(progress.step) || 0;
    // A trial that has not begun has not said yet how far it will go.
    shares += number(progress.step) / number(progress.num_steps) || 0;
    if (state === 'running') {
      speed += progress.updates_per_second || 0;
      eta = Math.max(eta, progress.eta_seconds || 0);
    }
    if (trial.final_return !== undefined && !(best >= trial.final_return)) best = trial.final_return;
  }
  const done = trials.filter((trial) => hasEnded(trial.state)).length;
  const queued = (counts.queued || 0) + (counts.paused || 0);
  return [
    h('div', {class: 'tile span'}, h('dt', null, 'Trials'),
      h('dd', null, `${done} of ${trials.length} done`), h('dd', null, stateBar(counts))),
    tile('Steps', percent(shares / trials.length), compact(step)),
    tile('Best return', real(best)),
    tile('Throughput', `${compact(speed)} /s`, 'SAC updates of running trials'),
    tile('Running trials end', counts.running ? `in ${duration(eta)}` : '–',
         queued > 0 ? `${count(queued, 'trial')} waiting` : ''),
    tile('Time', elapsed(experiment), `submitted ${ago(experiment.submitted_at)}`),
  ];
}

export function experimentPage(root, [id], signal) {
  document.title = `Experiment ${id} · VaGraM`;
  const trials = [];
  let experiment = null;

  const heading = h('h1', null, `Experiment ${id}`);
  const badge = h('span');
  const tags = h('span', {class: 'tags'});
  const steer = actions(`experiments/${id}`, `experiment ${id}`);
  const facts = h('dl', {class: 'tiles'});
  const compare = new ComparePanel(id, signal);
  const curves = new CurvesPanel(id, signal, (keys) => compare.setKeys(
      keys.filter((key) => key !== 'seed')));
  const trialTable = new TrialTable((byUser) => {
    const choice = trialTable.choice();
    const text = choice ? ranges(choice) || 'none' : '';
    curves.setChosen(text, byUser);
    compare.setChosen(text, byUser);
  }, signal);
  const folder = h('p', {class: 'muted path'});
  root.append(
    h('nav', {class: 'crumbs', 'aria-label': 'Where this is'}, h('a', {href: '#/'}, 'Experiments'),
      ' / ', id),
    h('div', {class: 'heading'}, heading, badge, tags, h('div', {class: 'grow'}), steer.element),
    facts, curves.element, compare.element, trialTable.element, folder);
  onTheme(() => compare.draw(), signal);

  function update(answer) {
    experiment = answer.experiment;
    for (const trial of experiment.trials) trials[indexOf(trial)] = trial;
    heading.textContent = experiment.name || `Experiment ${id}`;
    heading.title = `submitted ${clock(experiment.submitted_at)}`;
    document.title = `${experiment.name} · VaGraM`;
    badge.replaceChildren(stateBadge(experiment.state));
    tags.replaceChildren(...experimentTags(experiment).filter(Boolean));
    folder.textContent = experiment.folder;
    steer.update(trials.map((trial) => trial.state));
    facts.replaceChildren(...tiles(experiment, trials));
    const {task, group} = answer.swept_keys;
    trialTable.show(trials, [...task, ...group]);
    compare.setAllKeys(group);
    curves.setAllKeys(group);
    curves.setTrials(trials);
    compare.setTrials(trials);
  }

  listen(`experiments/${id}/events`, {experiment: update}, signal);
  get(`experiments/${id}`, null, signal).then((answer) => {
    if (!experiment) update(answer);
  }).catch((error) => {
    // What else goes wrong passes, and the stream comes back by itself.
    if (error.status !== 404 || signal.aborted) return;
    root.replaceChildren(h('p', {class: 'empty'}, error.message));
  });
  // Times go on by themselves.
  const timer = setInterval(() => {
    if (experiment && !document.hidden && !hasEnded(experiment.state)) {
      facts.replaceChildren(...tiles(experiment, trials));
    }
  }, 5000);
  signal.addEventListener('abort', () => clearInterval(timer));
}
