// The service itself: slots, throughput, and every process that works.

import {get, poll} from './api.js';
import {Chart} from './chart.js';
import {h, replaceKeepingFocus, table, tile} from './dom.js';
import {ago, clock, compact, count, number, since, timeUse} from './format.js';

const kMostPoints = 600;
const kMostWorkers = 300;

export function servicePage(root, _, signal) {
  document.title = 'Service · VaGraM';
  const facts = h('dl', {class: 'tiles'});
  const throughput = new Chart('SAC updates per second, since this page was opened',
                               {xName: 'second', log: false}, signal);
  const slots = new Chart('Slots in use, and trials that wait',
                          {xName: 'second', log: false, legend: true},
                          signal);
  const workers = h('div');
  const note = h('span', {class: 'muted'});
  let wanted = '';
  let latest = null;
  root.append(
    h('div', {class: 'heading'}, h('h1', null, 'Service')), facts,
    h('div', {class: 'charts'}, throughput.element, slots.element),
    h('div', {class: 'toolbar'}, h('h2', null, 'Workers'), note, h('span', {class: 'grow'}),
      h('input', {type: 'search', placeholder: 'Filter: role, host, trial…',
                  'aria-label': 'Filter workers', oninput: (event) => {
                    wanted = event.target.value.toLowerCase();
                    drawWorkers();
                  }})),
    workers);

  function drawWorkers() {
    if (!latest) return;
    const kept = latest.workers.filter(({trial, experiment, worker}) =>
      `${trial} ${experiment} ${worker.role} ${worker.host} ${worker.pid}`.toLowerCase()
          .includes(wanted));
    note.textContent = kept.length > kMostWorkers
      ? `the first ${kMostWorkers} of ${count(kept.length, 'worker')}`
      : count(latest.workers.length, 'worker');
    replaceKeepingFocus(workers, table('Workers',
      ['Trial', 'Experiment', 'Role', {text: 'Pid', number: true}, 'Host', 'Address', 'Time',
       'Heartbeat'],
      kept.slice(0, kMostWorkers).map(({trial, experiment, worker}) => h('tr', null,
        h('th', {scope: 'row'}, h('a', {href: `#/trials/${trial}/processes`}, trial)),
        h('td', null, experiment), h('td', null, `${worker.role.toLowerCase()} ${worker.index}`),
        h('td', {class: 'number'}, worker.pid), h('td', null, worker.host),
        h('td', null, worker.address), h('td', null, timeUse(worker)),
        h('td', {class: since(worker.last_heartbeat) > 10 ? 'late' : null},
          ago(worker.last_heartbeat)))), 'nothing runs'));
  }

  const begin = performance.now();
  const history = {steps: [], updates: [], used: [], queued: []};
  poll(async () => {
    latest = await get('service', null, signal);
    const {service} = latest;
    facts.replaceChildren(
      tile('Slots in use', `${service.used_slots} of ${service.slots}`,
           `${count(latest.queued_trials, 'trial')} queued`),
      number(service.threads) > 0 ? tile('Compute threads in use',
        `${service.used_threads} of ${service.threads}`, 'at the trials that run') : '',
      number(service.memory_gib) > 0 ? tile('Memory in use',
        `${compact(service.used_memory_gib)} of ${compact(service.memory_gib)} GiB`,
        'as the trials that run ask for') : '',
      tile('Throughput', `${compact(latest.updates_per_second)} /s`, 'SAC updates of all trials'),
      tile('Workers', latest.workers.length, service.pending_videos > 0
        ? `${count(service.pending_videos, 'video')} to be made` : ''),
      tile('Up', ago(service.started_at).replace(' ago', ''), clock(service.started_at)),
      tile('Version', service.version, `pid ${service.pid}`),
      h('div', {class: 'tile span'}, h('dt', null, 'Home'), h('dd', {class: 'path'}, service.home)));
    history.steps.push(Math.round((performance.now() - begin) / 1000));
    history.updates.push(latest.updates_per_second);
    history.used.push(service.used_slots);
    history.queued.push(latest.queued_trials);
    for (const column of Object.values(history)) if (column.length > kMostPoints) column.shift();
    throughput.show([{name: 'updates per second', color: 0, steps: history.steps,
                      values: history.updates}]);
    slots.show([{name: 'slots in use', color: 0, steps: history.steps, values: history.used},
                {name: 'trials that wait', color: 4, steps: history.steps,
                 values: history.queued}]);
    drawWorkers();
  }, 2000, signal);
}
