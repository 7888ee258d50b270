// A chart of one metric: lines over steps, each with a band if it stands for several trials.
// Dragging zooms, a double click shows everything again.

import {cssColor, onTheme, seriesColor, seriesPattern} from './colors.js';
import {h, setText, toast} from './dom.js';
import {compact, real} from './format.js';

export const kMostMetrics = 40;  // as many as one request may name
const kMostInReadout = 9;

// The readout here stands for the library's legend, which writes styles into markup, what the
// page's Content-Security-Policy forbids.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

// `lines`: [{name, label?, color (place in the palette), steps, values, low?, high?, count?}].
// Rows of [x, [low, middle, high], ...] at every step that a line has a point at.
function rowsOf(lines, hasBands) {
  const rows = new Map();
  lines.forEach((line, column) => {
    line.steps.forEach((step, i) => {
      let row = rows.get(step);
      if (!row) {
        row = [step, ...lines.map(() => (hasBands ? [null, null, null] : null))];
        rows.set(step, row);
      }
      const value = line.values[i];
      row[column + 1] = !hasBands ? value
          : line.low ? [line.low[i], value, line.high[i]] : [value, value, value];
    });
  });
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

export class Chart {
  // `options`: {xName, onRemove, log (false: no logarithmic axis), legend (true: names the lines)}.
  constructor(title, options, signal) {
    this.options = {xName: 'step', ...options};
    this.lines = [];
    this.log = false;
    this.title = title;
    this.plot = h('div', {class: 'plot'});
    this.readout = h('div', {class: 'readout', hidden: true});
    this.legend = h('div', {class: 'legend', hidden: true});
    this.summary = h('p', {class: 'hidden summary'});
    this.nothing = h('p', {class: 'empty', hidden: true}, 'no values yet');
    const logButton = h('button', {
      type: 'button', class: 'quiet small', 'aria-pressed': 'false',
      title: 'Logarithmic axis', onclick: () => {
        this.log = !this.log;
        logButton.setAttribute('aria-pressed', String(this.log));
        this.draw();
      },
    }, 'log');
    this.element = h('figure', {class: 'chart', 'aria-label': title},
      h('figcaption', null, h('span', {class: 'title', title}, title),
        h('span', {class: 'grow'}), this.options.log === false ? null : logButton,
        options && options.onRemove ? h('button', {
          type: 'button', class: 'quiet small', 'aria-label': `Remove the chart of ${title}`,
          onclick: options.onRemove,
        }, '✕') : null),
      this.legend, h('div', {class: 'frame'}, this.plot, this.readout, this.nothing), this.summary);
    onTheme(() => this.draw(), signal);
    // Places in the grid change when charts come and go.
    this.observer = new ResizeObserver(() => this.graph && this.graph.resize());
    this.observer.observe(this.plot);
    signal.addEventListener('abort', () => {
      this.observer.disconnect();
      this.destroy();
    });
  }

  destroy() {
    if (this.graph) this.graph.destroy();
    this.graph = null;
  }

  show(lines) {
    this.lines = lines.filter((line) => line.steps.length > 0);
    this.draw();
  }

  draw() {
    this.nothing.hidden = this.lines.length > 0;
    this.plot.hidden = this.lines.length === 0;
    if (!this.element.isConnected || this.lines.length === 0) return;
    this.drawLegend();
    const hasBands = this.lines.some((line) => line.low);
    const labels = [this.options.xName, ...this.lines.map((line) => line.name)];
    const options = {
      file: rowsOf(this.lines, hasBands),
      labels,
      colors: this.lines.map((line) => seriesColor(line.color)),
      series: Object.fromEntries(this.lines.map((line) =>
        [line.name, {strokePattern: seriesPattern(line.color)}])),
      logscale: this.log,
      gridLineColor: cssColor('--grid'),
      axisLineColor: cssColor('--line'),
      // A single point has no line.
      drawPoints: this.lines.every((line) => line.steps.length < 12),
    };
    const shape = JSON.stringify([labels, hasBands]);
    if (this.graph && this.shape === shape) {
      this.graph.updateOptions(options);
    } else {
      this.destroy();
      this.graph = this.create(options, hasBands);
    }
    this.shape = shape;
    setText(this.summary, this.lines.slice(0, 20).map((line) =>
      `${line.name}: ${real(line.values[line.values.length - 1])} at ${this.options.xName} ` +
      `${line.steps[line.steps.length - 1]}`).join('; '));
  }

  drawLegend() {
    this.legend.hidden = !this.options.legend || this.lines.length < 2;
    if (this.legend.hidden) return;
    this.legend.replaceChildren(...this.lines.map((line) => h('span', {class: 'entry'},
      h('span', {class: 'swatch', style: {background: seriesColor(line.color)}}), line.name)));
  }

  create({file, ...options}, hasBands) {
    return new Dygraph(this.plot, file, {
      customBars: hasBands,
      fillAlpha: 0.16,
      strokeWidth: 1.75,
      pointSize: 2.5,
      highlightCircleSize: 3.5,
      connectSeparatedPoints: true,
      yRangePad: 6,
      xRangePad: 3,
      axisLabelFontSize: 11,
      axes: {
        x: {drawGrid: false, axisLabelFormatter: (x) => compact(x), pixelsPerLabel: 70},
        y: {axisLabelFormatter: (y) => compact(y), axisLabelWidth: 44, pixelsPerLabel: 34},
      },
      highlightCallback: (event, x, points) => this.read(x, points),
      unhighlightCallback: () => { this.readout.hidden = true; },
      ...options,
    });
  }

  // What the lines are at the pointer.
  read(x, points) {
    const byName = new Map(this.lines.map((line) => [line.name, line]));
    const shown = points.filter((point) => Number.isFinite(point.yval))
        .sort((a, b) => b.yval - a.yval);
    const items = shown.slice(0, kMostInReadout).map((point) => {
      const line = byName.get(point.name);
      const i = line.steps.indexOf(x);
      return h('tr', null,
        h('td', null, h('span', {class: 'swatch', style: {background: seriesColor(line.color)}})),
        h('td', {class: 'name'}, line.label || line.name),
        h('td', {class: 'number'}, real(point.yval)),
        line.low && i >= 0
          ? h('td', {class: 'number muted'}, `${real(line.low[i])} … ${real(line.high[i])}`) : null,
        line.count && i >= 0 ? h('td', {class: 'number muted'}, `n=${line.count[i]}`) : null);
    });
    this.readout.replaceChildren(
      h('b', null, `${this.options.xName} ${x.toLocaleString('en')}`), h('table', null, items),
      shown.length > kMostInReadout ? `and ${shown.length - kMostInReadout} more` : '');
    // On the side where the pointer is not.
    const half = points.length > 0 && points[0].canvasx > this.plot.clientWidth / 2;
    this.readout.classList.toggle('left', half);
    this.readout.hidden = items.length === 0;
  }
}

// The first metrics of `wanted` that there are.
export function pickMetrics(wanted, names, most) {
  const there = new Set(names);
  return wanted.filter((name) => there.has(name)).slice(0, most);
}

// A field that adds one of the metrics that there are to those that `shown()` answers.
export function metricChooser(shown, onAdd, id) {
  const list = h('datalist', {id: `${id}-list`});
  const input = h('input', {
    list: `${id}-list`, placeholder: 'Add a metric…', 'aria-label': 'Add the chart of a metric',
    spellcheck: 'false', autocomplete: 'off',
    onchange: () => {
      const name = input.value.trim();
      input.value = '';
      const names = shown();
      if (!name || names.includes(name)) return;
      if (names.length < kMostMetrics) onAdd(name);
      else toast(`There are ${kMostMetrics} charts, which is the most; remove one of them.`, true);
    },
  });
  return {
    element: h('span', {class: 'chooser'}, input, list),
    setNames(names) {
      list.replaceChildren(...names.map((name) => h('option', {value: name})));
    },
  };
}
