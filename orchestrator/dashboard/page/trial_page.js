// One trial: its curves, diagnostics, logs, configuration, processes and videos.

import {get, poll} from './api.js';
import {Chart, metricChooser, pickMetrics} from './chart.js';
import {diagnosticsView} from './diagnostics.js';
import {h, newId, table, tile} from './dom.js';
import {ago, bytes, clock, compact, duration, elapsed, isActive, number, percent, real,
        since, timeUse} from './format.js';
import {logsView} from './logs.js';
import {progressBar, stateBadge} from './state.js';
import {actions} from './steer.js';

const kFirstMetrics = ['evaluate/return_mean', 'collect/return_mean', 'model/holdout_mse',
                       'sac/critic_loss', 'sac/q_mean', 'sac/entropy'];

function curvesView(root, trialPath, signal) {
  const charts = new Map();
  const grid = h('div', {class: 'charts'});
  let turn = () => {};
  const add = (metric) => {
    if (charts.has(metric)) return;
    const chart = new Chart(metric, {onRemove: () => {
      chart.destroy();
      chart.element.remove();
      charts.delete(metric);
    }}, signal);
    charts.set(metric, chart);
    grid.append(chart.element);
  };
  const chooser = metricChooser(() => [...charts.keys()], (metric) => {
    add(metric);
    turn();
  }, newId('metrics'));
  root.append(h('div', {class: 'toolbar'}, h('h2', null, 'Curves'), h('span', {class: 'grow'}),
                chooser.element), grid);
  let first = true;
  turn = poll(async () => {
    if (first) {
      const {rows} = await get(`${trialPath}/row`, null, signal);
      if (rows.length === 0) return;
      first = false;
      const names = rows[0].metrics.map(({name}) => name).sort();
      chooser.setNames(names);
      pickMetrics(kFirstMetrics, names, 4).forEach(add);
    }
    if (charts.size === 0) return;
    const {series} = await get(`${trialPath}/series`, {metric: [...charts.keys()], points: 600},
                               signal);
    for (const {metric, steps, values} of series) {
      if (charts.has(metric)) charts.get(metric).show([{name: metric, color: 0, steps, values}]);
    }
  }, 3000, signal);
}

function configView(root, answer) {
  const output = h('pre', {class: 'config', tabindex: '0', 'aria-label': 'Configuration'});
  const swept = answer.experiment.trials[0].overrides || {};
  // Each line with the dotted name of its key, which the indentation tells.
  const path = [];
  const parts = answer.config_yaml.split('\n').map((text) => {
    const match = /^(\s*)([\w.]+):(.*)$/.exec(text);
    if (!match) return {text};
    path.length = match[1].length / 2;
    path.push(match[2]);
    return {text, match, key: path.join('.')};
  });
  const show = (wanted) => output.replaceChildren(...parts
      .filter(({text, key}) => `${text} ${key}`.toLowerCase().includes(wanted))
      .flatMap(({text, match, key}) => (!match ? [`${text}\n`] : [
        match[1], h('span', {class: key in swept ? 'swept' : null, title: key},
                    h('b', null, match[2]), `:${match[3]}`), '\n'])));
  root.append(
    h('div', {class: 'toolbar'}, h('h2', null, 'Configuration'),
      h('span', {class: 'muted'}, 'everything resolved; what the experiment sweeps is marked'),
      h('span', {class: 'grow'}),
      h('input', {type: 'search', placeholder: 'Only lines with…', 'aria-label': 'Filter lines',
                  oninput: (event) => show(event.target.value.toLowerCase())})), output);
  show('');
}

function processesView(root, answer) {
  const trial = answer.experiment.trials[0];
  root.append(
    h('div', {class: 'toolbar'}, h('h2', null, 'Processes')),
    table('Workers', ['Role', {text: 'Pid', number: true}, 'Host', 'Address', 'Time', 'Heartbeat',
                      'Log'],
          (trial.workers || []).map((worker) => h('tr', null,
            h('th', {scope: 'row'}, `${worker.role.toLowerCase()} ${worker.index}`),
            h('td', {class: 'number'}, worker.pid), h('td', null, worker.host),
            h('td', null, worker.address), h('td', null, timeUse(worker)),
            h('td', {class: since(worker.last_heartbeat) > 10 ? 'late' : null},
              ago(worker.last_heartbeat)),
            h('td', {class: 'path'}, worker.log_file))), 'no process runs'),
    h('div', {class: 'toolbar'}, h('h2', null, 'Ended attempts')),
    table('Ended attempts', [{text: 'Attempt', number: true}, 'Ended', 'Reason'],
          (trial.attempts || []).map((attempt) => h('tr', null,
            h('td', {class: 'number'}, attempt.attempt), h('td', null, clock(attempt.ended_at)),
            h('td', {class: 'long'}, attempt.reason))), 'none: this is the first attempt'));
}

function videosView(root, answer, trialPath) {
  root.append(h('div', {class: 'toolbar'}, h('h2', null, 'Videos')));
  if (answer.videos.length === 0) {
    root.append(h('p', {class: 'empty'}, 'No video has been made. ',
                  h('code', null, 'evaluate: {video: 10}'), ' makes one every ten epochs.'));
    return;
  }
  const order = (name) => (name === 'final.mp4' ? Infinity : number((/\d+/.exec(name) || [NaN])[0]));
  root.append(h('div', {class: 'videos'}, answer.videos
      .sort((a, b) => order(a.name) - order(b.name)).map(({name, bytes: size}) =>
        h('figure', null,
          h('video', {controls: true, preload: 'metadata', 'aria-label': name, src: `/api/${trialPath}/videos/${name}`}),
          h('figcaption', null, name.replace('.mp4', '').replace('_', ' '),
            h('span', {class: 'muted'}, ` ${bytes(size)}`))))));
}

function tiles(trial) {
  const progress = trial.progress || {};
  const active = isActive(trial.state);
  const share = number(progress.step) / number(progress.num_steps);
  const result = trial.final_return !== undefined ? trial.final_return : progress.episode_return;
  return [
    h('div', {class: 'tile span'}, h('dt', null, 'Steps'),
      h('dd', null, `${compact(progress.step)} of ${compact(progress.num_steps)}, `,
        percent(share)), h('dd', null, progressBar(share, 'steps'))),
    tile('Return', real(result), 'mean of the last three evaluations'),
    tile('Throughput', active ? `${compact(progress.updates_per_second)} /s` : '–', 'SAC updates'),
    tile('Ends', active ? `in ${duration(progress.eta_seconds)}` : '–',
         active ? progress.activity : ''),
    tile('Attempt', trial.attempt,
         number(trial.replaced_actors) > 0 ? `${trial.replaced_actors} actors replaced` : ''),
    ...(number(trial.rungs) > 0 ? [tile('Early stopping', `${trial.rungs} passed`,
                                        'rungs that it was measured at')] : []),
    tile('Time', trial.started_at ? elapsed(trial) : '–',
         trial.started_at ? `started ${ago(trial.started_at)}` : ''),
  ];
}

const kTabs = [['curves', 'Curves'], ['diagnostics', 'Diagnostics'], ['logs', 'Logs'],
               ['config', 'Configuration'], ['processes', 'Processes'], ['videos', 'Videos']];

export function trialPage(root, [experiment, index, wanted], signal) {
  const id = `${experiment}/${index}`;
  const path = `trials/${id}`;
  const tab = kTabs.some(([name]) => name === wanted) ? wanted : 'curves';
  document.title = `Trial ${id} · VaGraM`;

  const heading = h('h1', null, `Trial ${id}`);
  const badge = h('span');
  const steer = actions(path, `trial ${id}`);
  const facts = h('dl', {class: 'tiles'});
  const reason = h('p', {class: 'notice', hidden: true});
  const label = h('span', {class: 'muted'});
  const view = h('section', {'aria-label': tab});
  const crumb = h('a', {href: `#/experiments/${experiment}`}, experiment);
  root.append(
    h('nav', {class: 'crumbs', 'aria-label': 'Where this is'}, h('a', {href: '#/'}, 'Experiments'),
      ' / ', crumb, ` / ${index}`),
    h('div', {class: 'heading'}, heading, badge, label, h('div', {class: 'grow'}), steer.element),
    reason, facts,
    h('nav', {class: 'tabs', 'aria-label': 'Views of the trial'}, kTabs.map(([name, text]) =>
      h('a', {href: `#/${path}/${name}`, 'aria-current': name === tab ? 'page' : null}, text))),
    view);

  if (tab === 'curves') curvesView(view, path, signal);
  if (tab === 'diagnostics') diagnosticsView(view, path, signal);
  if (tab === 'logs') logsView(view, path, signal);

  let drawn = '';
  poll(async () => {
    let answer;
    try {
      answer = await get(path, null, signal);
    } catch (error) {
      if (error.status === 404) root.replaceChildren(h('p', {class: 'empty'}, error.message));
      throw error;
    }
    const trial = answer.experiment.trials[0];
    crumb.textContent = answer.experiment.name || experiment;
    label.textContent = trial.label;
    badge.replaceChildren(stateBadge(trial.state));
    reason.textContent = trial.reason;
    reason.hidden = !trial.reason;
    reason.classList.toggle('error', trial.state === 'FAILED' || trial.state === 'STALLED');
    steer.update([trial.state]);
    facts.replaceChildren(...tiles(trial));
    // A configuration does not change, and a video that plays is not to be made anew.
    const text = tab === 'processes' ? JSON.stringify([trial.workers, trial.attempts])
      : tab === 'videos' ? JSON.stringify(answer.videos) : tab;
    if (text === drawn) return;
    drawn = text;
    if (tab === 'config') configView(view, answer);
    if (tab === 'processes' || tab === 'videos') view.replaceChildren();
    if (tab === 'processes') processesView(view, answer);
    if (tab === 'videos') videosView(view, answer, path);
  }, 2000, signal);
}
