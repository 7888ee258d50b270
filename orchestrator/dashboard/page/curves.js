// Learning curves of an experiment: a chart per metric and task, a line with a band per group of
// trials.

import {get, refresher} from './api.js';
import {Chart, kMostMetrics, metricChooser, pickMetrics} from './chart.js';
import {onTheme, seriesColor} from './colors.js';
import {h, newId, replaceKeepingFocus, select, toggle} from './dom.js';
import {count} from './format.js';
import {groupPlaces, kMaxRangesText, shortName} from './groups.js';

const kFirstMetrics = ['evaluate/return_mean', 'collect/return_mean', 'model/holdout_mse',
                       'diagnose/value_error_h1', 'sac/critic_loss', 'sac/q_mean'];
const kBands = {
  quartiles: ['Median, quartiles', (b) => ({values: b.median, low: b.lower_quartile,
                                            high: b.upper_quartile})],
  error: ['Mean ± standard error', (b) => ({
    values: b.mean,
    low: b.mean.map((mean, i) => mean - b.standard_error[i]),
    high: b.mean.map((mean, i) => mean + b.standard_error[i]),
  })],
  range: ['Mean, lowest to highest', (b) => ({values: b.mean, low: b.lowest, high: b.highest})],
  none: ['Mean', (b) => ({values: b.mean})],
};

export class CurvesPanel {
  constructor(experiment, signal, onKeys) {
    this.experiment = experiment;
    this.signal = signal;
    this.onKeys = onKeys;
    this.allKeys = null;  // that there are to group by, until they are known
    this.keys = [];
    this.band = localStorage.getItem('band') in kBands ? localStorage.getItem('band') : 'quartiles';
    this.metrics = null;  // until the names are known
    this.charts = new Map();  // by title
    this.hidden = new Set();
    this.trials = [];
    this.chosen = '';
    this.answer = null;
    // With the experiment, or (true) with what is to be seen of it.
    this.changed = refresher(() => this.ask(), signal);

    this.groupBy = h('div', {class: 'chips', role: 'group', 'aria-label': 'Group trials by'});
    this.legend = h('div', {class: 'legend', role: 'group', 'aria-label': 'Groups'});
    this.note = h('span', {class: 'muted'});
    this.chooser = metricChooser(() => this.metrics || [], (name) => this.addMetric(name),
                                 newId('metrics'));
    this.grid = h('div', {class: 'charts'});
    this.element = h('section', {'aria-label': 'Learning curves'},
      h('div', {class: 'toolbar'}, h('h2', null, 'Curves'),
        h('span', {class: 'muted'}, 'group by'), this.groupBy, h('span', {class: 'grow'}),
        select('', Object.entries(kBands).map(([key, [text]]) => [key, text]), this.band,
               (band) => {
                 this.band = band;
                 localStorage.setItem('band', band);
                 this.draw();
               }),
        this.chooser.element),
      this.legend, this.note, this.grid);
    this.element.querySelector('select').setAttribute('aria-label', 'Line and band');
    onTheme(() => this.draw(), signal);
  }

  setAllKeys(keys) {
    if (this.allKeys && this.allKeys.join() === keys.join()) return;
    this.allKeys = keys;
    this.setKeys(keys);
  }

  setKeys(keys) {
    this.keys = keys;
    this.hidden.clear();
    const all = [...this.allKeys, 'seed'];
    replaceKeepingFocus(this.groupBy, ...all.map((key) =>
      toggle(key, keys.includes(key), () => this.setKeys(
        all.filter((other) => (other === key ? !keys.includes(key) : keys.includes(other)))))));
    this.onKeys(keys);
    this.changed(true);
  }

  // All of the experiment, which has changed.
  setTrials(trials) {
    this.trials = trials;
    this.changed(false);
  }

  // Only those trials, as ranges of indices; '' for all, 'none' for none.
  setChosen(text, byUser) {
    if (text === this.chosen) return;
    this.chosen = text;
    this.changed(byUser);
  }

  addMetric(name) {
    if (!this.metrics) return;
    this.metrics = [...this.metrics, name];
    this.saveMetrics();
  }

  removeMetric(name) {
    this.metrics = this.metrics.filter((other) => other !== name);
    this.saveMetrics();
  }

  saveMetrics() {
    localStorage.setItem('metrics', JSON.stringify(this.metrics));
    this.changed(true);
  }

  async loadNames() {
    const {names} = await get(`experiments/${this.experiment}/metrics`, null, this.signal);
    this.chooser.setNames(names);
    if (names.length === 0) return;
    const saved = JSON.parse(localStorage.getItem('metrics') || '[]');
    const known = pickMetrics(saved, names, kMostMetrics);
    this.metrics = known.length > 0 ? known : pickMetrics(kFirstMetrics, names, 4);
    if (this.metrics.length === 0) this.metrics = names.slice(0, 1);
  }

  async ask() {
    if (!this.allKeys) return;
    try {
      if (!this.metrics) await this.loadNames();
      if (!this.metrics) {
        this.note.textContent = 'No epoch has been reported yet.';
        return;
      }
      if (this.chosen.length > kMaxRangesText) throw new Error('too many separate trials');
      const nothing = this.metrics.length === 0 || this.chosen === 'none';
      this.answer = nothing
        ? {groups: [], curves: this.metrics.map((metric) => ({metric, bands: []}))}
        : await get(`experiments/${this.experiment}/curves`, {
          metric: this.metrics, group: this.keys, points: 300, trials: this.chosen,
        }, this.signal);
      this.draw();
    } catch (error) {
      if (!this.signal.aborted) this.note.textContent = `Curves: ${error.message}`;
    }
  }

  draw() {
    if (!this.answer) return;
    const {groups, curves, omitted_groups: omitted} = this.answer;
    this.note.textContent = omitted > 0
      ? `Only the first ${groups.length} groups are shown; ${omitted} more would not be told apart.`
      : '';
    const places = groupPlaces(this.trials, this.keys);
    const colors = groups.map((group) => places.get(group.first_trial));
    this.drawLegend(groups, colors);
    const tasks = [...new Set(groups.map(({task}) => task))];
    const shown = [];  // [chart, its lines]
    for (const {metric, bands} of curves) {
      if (!this.metrics.includes(metric)) continue;
      const lines = bands.map((band, i) => this.line(groups[i], colors[i], band));
      for (const task of tasks.length > 0 ? tasks : ['']) {
        shown.push([this.chart(metric, task), lines.filter((line, i) =>
          groups[i].task === task && !this.hidden.has(line.name))]);
      }
    }
    for (const [title, chart] of this.charts) {
      if (shown.some(([other]) => other === chart)) continue;
      chart.destroy();
      chart.element.remove();
      this.charts.delete(title);
    }
    shown.forEach(([chart, lines], i) => {
      // Where it is already it stays, or it would lose the focus.
      const there = this.grid.children[i];
      if (there !== chart.element) this.grid.insertBefore(chart.element, there || null);
      chart.show(lines);
    });
  }

  // An entry per name: the groups of several tasks have the same names and colours.
  drawLegend(groups, colors) {
    const entries = new Map();
    groups.forEach(({name, trials}, i) => {
      const entry = entries.get(name) || {color: colors[i], trials: 0};
      entries.set(name, {...entry, trials: entry.trials + trials});
    });
    replaceKeepingFocus(this.legend, ...[...entries].map(([name, {color, trials}]) => h('button', {
      type: 'button', class: 'entry', 'aria-pressed': String(!this.hidden.has(name)),
      title: `${name}: ${count(trials, 'trial')}; click to show or hide`,
      onclick: () => {
        if (!this.hidden.delete(name)) this.hidden.add(name);
        this.draw();
      },
    }, h('span', {class: 'swatch', style: {background: seriesColor(color)}}),
       shortName(name, this.keys),
       trials > 1 ? h('span', {class: 'muted'}, ` ×${trials}`) : null)));
  }

  line({name, trials}, color, band) {
    const line = {name, label: shortName(name, this.keys), color, steps: band.steps,
                  count: band.count, ...kBands[this.band][1](band)};
    if (trials === 1) delete line.low;  // a single trial has no band
    return line;
  }

  chart(metric, task) {
    const title = task ? `${metric} · ${task}` : metric;
    if (!this.charts.has(title)) {
      this.charts.set(title, new Chart(title, {onRemove: () => this.removeMetric(metric)},
                                       this.signal));
    }
    return this.charts.get(title);
  }
}
