// What the model is wrong about, and whether the values care: docs/metrics.md says how to read it.

import {get, poll} from './api.js';
import {Chart, kMostMetrics, pickMetrics} from './chart.js';
import {onTheme, seriesColor} from './colors.js';
import {h, svg} from './dom.js';
import {compact} from './format.js';

const kMoments = 4;  // of training, each a line

// [H, name] of metrics such as diagnose/model_error_h4, by horizon.
function horizons(names, prefix) {
  return names.filter((name) => name.startsWith(prefix))
      .map((name) => [Number(name.slice(prefix.length)), name])
      .filter(([horizon]) => Number.isFinite(horizon)).sort((a, b) => a[0] - b[0]);
}

// Lines over the horizon, one for each of some moments between the first and the last.
function momentLines(series, byHorizon) {
  const of = (name) => series.find(({metric}) => metric === name);
  const steps = of(byHorizon[0][1]).steps;
  const moments = new Set();
  for (let i = 1; i <= kMoments; ++i) {
    moments.add(steps[Math.max(0, Math.ceil(i * steps.length / kMoments) - 1)]);
  }
  return [...moments].filter((step) => step !== undefined).map((step, color) => {
    const points = byHorizon.map(([horizon, name]) => {
      const {steps: own, values} = of(name);
      // The latest value up to then: an error far ahead may be missing now and then.
      let i = own.length - 1;
      while (i >= 0 && own[i] > step) i -= 1;
      return [horizon, i >= 0 ? values[i] : NaN];
    }).filter(([, value]) => Number.isFinite(value));
    return {name: `step ${compact(step)}`, color, steps: points.map(([x]) => x),
            values: points.map(([, y]) => y)};
  });
}

// How the value gradients' weight lies on the dimensions: bars for now, and a map of how it came.
function gradientView(series) {
  const weights = series.filter(({metric}) => metric.startsWith('diagnose/gradient_weight_'))
      .map(({metric, steps, values}) => ({
        name: metric.slice('diagnose/gradient_weight_'.length), steps, values,
        last: values[values.length - 1]}))
      .filter(({values}) => values.length > 0)
      .sort((a, b) => a.name.localeCompare(b.name, 'en', {numeric: true}));
  if (weights.length === 0) return null;
  const most = Math.max(...weights.map(({last}) => last));
  const all = Math.max(...weights.flatMap(({values}) => values));
  const columns = 60;
  const rowHeight = 20;
  const picture = svg('svg', {
    viewBox: `0 0 ${columns * 6} ${weights.length * rowHeight}`, class: 'heat', role: 'img',
    preserveAspectRatio: 'none', 'shape-rendering': 'crispEdges', height: String(weights.length * rowHeight),
    'aria-label': 'Share of each dimension in the squared value gradients, over steps'});
  weights.forEach(({name, values, steps}, row) => {
    for (let column = 0; column < columns; ++column) {
      const i = Math.floor(column * values.length / columns);
      const cell = svg('rect', {x: String(column * 6), y: String(row * rowHeight), width: '6',
                                height: String(rowHeight - 1), fill: seriesColor(0),
                                opacity: String(0.06 + 0.94 * Math.sqrt(values[i] / all))});
      cell.append(svg('title', null, `dimension ${name}, step ${compact(steps[i])}: ${
        (100 * values[i]).toFixed(1)} %`));
      picture.append(cell);
    }
  });
  const bars = weights.map(({name, last}) => h('tr', null,
    h('th', {scope: 'row', class: 'number'}, name),
    h('td', {class: 'bar'}, h('span', {style: {width: `${100 * last / most}%`}})),
    h('td', {class: 'number'}, `${(100 * last).toFixed(1)} %`)));
  return h('figure', {class: 'gradients chart', 'aria-label': 'Value gradients'},
    h('figcaption', null, h('span', {class: 'title'}, 'Value gradients: share of each dimension'),
      h('span', {class: 'muted'}, ' now, and from the first to the last epoch')),
    h('div', {class: 'split'},
      h('table', null, h('caption', {class: 'hidden'}, 'Share of each dimension now'),
        h('tbody', null, bars)), picture));
}

export function diagnosticsView(root, trialPath, signal) {
  const model = new Chart('Model error by horizon', {xName: 'horizon', legend: true}, signal);
  const value = new Chart('Value error by horizon', {xName: 'horizon', legend: true}, signal);
  const quantiles = new Chart('Norms of value gradients', {legend: true}, signal);
  const bias = new Chart('Bias of Q: promised too much below 0', {log: false, legend: true}, signal);
  const gradients = h('div', {class: 'whole'});
  const note = h('p', {class: 'empty', hidden: true},
    'This trial measures none of this. Set ', h('code', null, 'diagnose: {horizon: 16}'),
    ' in the experiment file; it changes nothing of the trial.');
  const grid = h('div', {class: 'charts'}, model.element, value.element, quantiles.element,
                 bias.element, gradients);
  root.append(h('div', {class: 'toolbar'}, h('h2', null, 'Diagnostics'),
                h('span', {class: 'muted'}, 'model error is in units of deviation, value error in ' +
                                            'units of return')), note, grid);
  let latest = null;
  const drawGradients = () => {
    const view = latest && gradientView(latest);
    gradients.replaceChildren(...(view ? [view] : []));
  };
  onTheme(drawGradients, signal);

  poll(async () => {
    const {rows} = await get(`${trialPath}/row`, null, signal);
    const names = rows.length > 0 ? rows[0].metrics.map(({name}) => name)
        .filter((name) => name.startsWith('diagnose/')) : [];
    note.hidden = names.length > 0;
    grid.hidden = names.length === 0;
    if (names.length === 0) return;
    latest = [];
    for (let i = 0; i < names.length; i += kMostMetrics) {
      const metric = names.slice(i, i + kMostMetrics);
      latest.push(...(await get(`${trialPath}/series`, {metric, points: 240}, signal)).series);
    }
    for (const [chart, prefix] of [[model, 'diagnose/model_error_h'],
                                   [value, 'diagnose/value_error_h']]) {
      const byHorizon = horizons(names, prefix);
      chart.show(byHorizon.length > 0 ? momentLines(latest, byHorizon) : []);
    }
    for (const [chart, wanted] of [
      [quantiles, ['p05', 'p50', 'p95', 'max'].map((q) => `diagnose/gradient_norm_${q}`)],
      [bias, ['diagnose/q_bias_imagined', 'diagnose/q_bias_real']]]) {
      const there = pickMetrics(wanted, names, 4);
      chart.element.hidden = there.length === 0;
      chart.show(there.map((name, color) => ({
        ...latest.find(({metric}) => metric === name), color, name: name.slice(9)})));
    }
    drawGradients();
  }, 5000, signal);
}

