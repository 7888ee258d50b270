// A chart of one metric: lines over steps, each with a band if it stands for several trials.
// Dragging zooms, a double click shows everything again; keys read and zoom as well.

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
    this.rows = [];
    this.selected = null;  // the step that is read
    this.log = false;
    this.title = title;
    // An application, so that screen readers leave the arrows to it.
    this.plot = h('div', {
      class: 'plot', tabindex: '0', role: 'application',
      'aria-label': `${title}: left and right read values, + and - zoom, 0 shows everything`,
      onkeydown: (event) => this.press(event), onblur: () => this.unselect(),
    });
    // Empty instead of hidden, or a screen reader would not say what comes.
    this.readout = h('div', {class: 'readout', role: 'status'});
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
    if (this.lines.length === 0) this.unselect();
    if (!this.element.isConnected || this.lines.length === 0) return;
    this.drawLegend();
    const hasBands = this.lines.some((line) => line.low);
    const labels = [this.options.xName, ...this.lines.map((line) => line.name)];
    this.rows = rowsOf(this.lines, hasBands);
    const options = {
      file: this.rows,
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
    this.mark();
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
      highlightCallback: (event, x) => this.read(x),
      unhighlightCallback: () => this.unselect(),
      ...options,
    });
  }

  // What the mouse does, with the keyboard.
  press(event) {
    if (!this.graph || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = this.rows.map(([x]) => x);
    const at = this.selected;
    const showAll = () => {
      this.graph.resetZoom();
      this.mark();
    };
    const actions = {
      ArrowLeft: () => this.select(steps.findLast((x) => at === null || x < at)),
      ArrowRight: () => this.select(steps.find((x) => at === null || x > at)),
      Home: () => this.select(steps[0]),
      End: () => this.select(steps[steps.length - 1]),
      '+': () => this.zoom(0.5),
      '=': () => this.zoom(0.5),  // + without Shift
      '-': () => this.zoom(2),
      0: showAll,
      Escape: showAll,
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  // Reads the lines at step `x`, which comes into sight; undefined: there is none further on.
  select(x) {
    if (x === undefined) return;
    const [low, high] = this.graph.xAxisRange();
    if (x < low || x > high) this.view(x - (high - low) / 2, high - low);
    this.read(x);
    this.mark();
  }

  // Shows `factor` times as many steps; the selected one stays where it is.
  zoom(factor) {
    const [low, high] = this.graph.xAxisRange();
    const width = Math.max(1, factor * (high - low));
    const center = this.selected === null ? (low + high) / 2 : this.selected;
    this.view(center - width * (center - low) / (high - low), width);
    this.mark();
  }

  // Shows `width` steps from `begin` on, or as many as there are.
  view(begin, width) {
    const [first, last] = this.graph.xAxisExtremes();
    const low = Math.max(first, Math.min(begin, last - width));
    if (width < last - first) this.graph.updateOptions({dateWindow: [low, low + width]});
    else this.graph.resetZoom();
  }

  // Dots on the lines at the selected step, which every drawing clears.
  mark() {
    if (this.graph) this.graph.setSelection(this.rows.findIndex(([x]) => x === this.selected));
  }

  unselect() {
    this.selected = null;
    this.readout.replaceChildren();
    if (this.graph) this.graph.clearSelection();
  }

  // Says what the lines are at step `x`: once, for who listens would be told of every new value.
  read(x) {
    this.selected = x;
    const shown = this.lines.map((line) => ({line, i: line.steps.indexOf(x)}))
        .filter(({line, i}) => i >= 0 && Number.isFinite(line.values[i]))
        .sort((a, b) => b.line.values[b.i] - a.line.values[a.i]);
    const items = shown.slice(0, kMostInReadout).map(({line, i}) => h('tr', null,
      h('td', null, h('span', {class: 'swatch', style: {background: seriesColor(line.color)}})),
      h('td', {class: 'name'}, line.label || line.name),
      h('td', {class: 'number'}, real(line.values[i])),
      line.low ? h('td', {class: 'number muted'}, `${real(line.low[i])} … ${real(line.high[i])}`)
        : null,
      line.count ? h('td', {class: 'number muted'}, `n=${line.count[i]}`) : null));
    this.readout.replaceChildren(
      h('b', null, `${this.options.xName} ${x.toLocaleString('en')}`),
      h('table', {role: 'presentation'}, items),
      shown.length > kMostInReadout ? `and ${shown.length - kMostInReadout} more` : '');
    // On the side where the step is not.
    this.readout.classList.toggle('left', this.graph.toDomXCoord(x) > this.plot.clientWidth / 2);
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
