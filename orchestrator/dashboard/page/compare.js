// Groups side by side: the final returns of their trials, as numbers and as dots.

import {seriesColor} from './colors.js';
import {h, svg, table} from './dom.js';
import {real} from './format.js';
import {groupTrials, quantile} from './groups.js';

const kMostGroups = 50;

function statistics(trials) {
  const values = trials.map((trial) => trial.final_return).filter((value) => value !== undefined)
      .map(Number).filter(Number.isFinite).sort((a, b) => a - b);
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {values, n, mean, error: n > 1 ? Math.sqrt(squares / (n - 1) / n) : NaN,
          median: n > 0 ? quantile(values, 0.5) : NaN};
}

// Every trial a dot, the middle half a bar, the median a line.
function strip({values, median}, low, high, color) {
  const x = (value) => 4 + 192 * (high > low ? (value - low) / (high - low) : 0.5);
  const picture = svg('svg', {viewBox: '0 0 200 20', width: '200', height: '20', class: 'dots',
                              role: 'img', 'aria-label': values.map(real).slice(0, 50).join(', ')});
  if (values.length === 0) return picture;
  const left = x(quantile(values, 0.25));
  picture.append(
    svg('line', {x1: '4', x2: '196', y1: '10', y2: '10', class: 'axis'}),
    svg('rect', {x: String(left), y: '4', height: '12', rx: '2', fill: color, opacity: '0.22',
                 width: String(Math.max(1, x(quantile(values, 0.75)) - left))}));
  // Dots that would cover one another go up and down.
  values.forEach((value, i) => picture.append(svg('circle', {
    cx: String(x(value)), cy: String(10 + ((i * 7) % 9) - 4), r: '2.2', fill: color,
    opacity: String(Math.min(0.75, Math.max(0.15, 40 / values.length)))})));
  picture.append(svg('line', {x1: String(x(median)), x2: String(x(median)), y1: '2', y2: '18',
                              stroke: color, 'stroke-width': '2'}));
  return picture;
}

const kHeads = ['Group', {text: 'Trials', number: true}, {text: 'Mean ± s.e.', number: true},
                {text: 'Median', number: true}, {text: 'Lowest', number: true},
                {text: 'Highest', number: true}, 'Final returns'];

export class ComparePanel {
  constructor() {
    this.body = h('div');
    this.text = '';
    this.element = h('section', {'aria-label': 'Comparison of groups'},
      h('div', {class: 'toolbar'}, h('h2', null, 'Comparison'),
        h('span', {class: 'muted'}, 'final return: mean of the last three evaluations')), this.body);
  }

  show(trials, keys, force) {
    const groups = groupTrials(trials, keys).slice(0, kMostGroups)
        .map((group, i) => ({...group, color: i, ...statistics(group.trials)}));
    // Drawn only when a number has changed.
    const text = JSON.stringify(groups.map(({name, values}) => [name, values]));
    if (text === this.text && !force) return;
    this.text = text;
    const all = groups.flatMap((group) => group.values);
    const low = Math.min(...all);
    const high = Math.max(...all);
    const best = Math.max(...groups.map((group) => (group.n > 0 ? group.mean : -Infinity)));
    const rows = groups.filter((group) => group.n > 0).sort((a, b) => b.mean - a.mean)
        .map((group) => {
          const color = seriesColor(group.color);
          return h('tr', {class: group.mean === best && groups.length > 1 ? 'best' : null},
            h('th', {scope: 'row'}, h('span', {class: 'swatch', style: {background: color}}),
              group.name),
            h('td', {class: 'number'}, group.n === group.trials.length ? group.n
              : `${group.n} of ${group.trials.length}`),
            h('td', {class: 'number'}, real(group.mean),
              Number.isFinite(group.error) ? ` ± ${real(group.error)}` : ''),
            h('td', {class: 'number'}, real(group.median)),
            h('td', {class: 'number'}, real(group.values[0])),
            h('td', {class: 'number'}, real(group.values[group.n - 1])),
            h('td', null, strip(group, low, high, color)));
        });
    this.body.replaceChildren(table('Final returns by group', kHeads, rows,
                                    'no evaluation has been reported yet'));
  }
}
