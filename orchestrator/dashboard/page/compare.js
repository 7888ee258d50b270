// Groups side by side, as the service's statistics see them: what their trials reached, how sure one
// may be of it, and which is likely better. docs/statistics.md says what the numbers mean.

import {get, refresher} from './api.js';
import {seriesColor} from './colors.js';
import {h, replaceKeepingFocus, svg, table, toggle} from './dom.js';
import {compact, count, real, stateName} from './format.js';
import {groupPlaces, kMaxRangesText, shortName} from './groups.js';

const kMostPairs = 12;

// Every seed a dot, the interval a bar, the centre a line.
function strip(group, low, high, color) {
  const x = (value) => 4 + 192 * (high > low ? (value - low) / (high - low) : 0.5);
  const values = group.seeds.map((seed) => seed.value).filter(Number.isFinite);
  const interval = group.iqm_interval || group.mean_interval;
  const center = group.iqm_interval ? group.iqm : group.mean;
  const picture = svg('svg', {viewBox: '0 0 200 20', width: '200', height: '20', class: 'dots',
                              role: 'img', 'aria-label':
                                `${count(values.length, 'seed')}: ${values.slice(0, 50).map(real).join(', ')}`});
  picture.append(svg('line', {x1: '4', x2: '196', y1: '10', y2: '10', class: 'axis'}));
  if (interval) {
    const left = Math.max(0, x(interval[0]));
    picture.append(svg('rect', {x: String(left), y: '4', height: '12', rx: '2', fill: color,
                                opacity: '0.22',
                                width: String(Math.max(1, Math.min(200, x(interval[1])) - left))}));
  }
  // Dots that would cover one another go up and down.
  values.forEach((value, i) => picture.append(svg('circle', {
    cx: String(x(value)), cy: String(10 + ((i * 7) % 9) - 4), r: '2.2', fill: color,
    opacity: String(Math.min(0.75, Math.max(0.15, 40 / values.length)))})));
  picture.append(svg('line', {x1: String(x(center)), x2: String(x(center)), y1: '2', y2: '18',
                              stroke: color, 'stroke-width': '2'}));
  return picture;
}

function withInterval(value, interval) {
  return interval ? [real(value), h('span', {class: 'muted'}, ` ${real(interval[0])} … ${real(interval[1])}`)]
    : real(value);
}

// Whether the trial has come to an end that counts.
function hasResult({state}) {
  return ['succeeded', 'stopped'].includes(stateName(state));
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

function verdict({probability, interval, told_apart: apart}) {
  if (!interval) return 'too few seeds to say';
  if (!apart) return 'not told apart';
  return probability > 0.5 ? 'A is higher' : 'B is higher';
}

const kHeads = ['Group', {text: 'Seeds', number: true}, {text: 'Mean, 95 %', number: true},
                {text: 'Median', number: true}, {text: 'IQM, 95 %', number: true},
                {text: 'Area, 95 %', number: true}, 'Seeds, interval, centre'];
const kPairHeads = ['A', 'B', {text: 'P(A > B)', number: true}, {text: '95 %', number: true}, ''];

export class ComparePanel {
  constructor(experiment, signal) {
    this.experiment = experiment;
    this.signal = signal;
    this.trials = [];
    this.allKeys = [];  // that there are to group by
    this.keys = null;  // that are grouped by, until they are known
    this.chosen = '';
    this.unfinished = null;  // until somebody chooses
    this.answer = null;
    this.body = h('div');
    this.note = h('span', {class: 'muted'});
    this.switch = h('span');
    this.element = h('section', {'aria-label': 'Comparison of groups'},
      h('div', {class: 'toolbar'}, h('h2', null, 'Comparison'), this.note,
        h('span', {class: 'grow'}), this.switch), this.body);
    this.changed = refresher(() => this.ask(), signal);
    this.drawSwitch();
    this.say('Comparing…');
  }

  // What groups are made of: trials, the keys that tell groups apart, and the trials that count, as
  // ranges of indices ('' for all, 'none' for none).
  setTrials(trials) {
    this.trials = trials;
    this.changed(false);
  }

  setAllKeys(keys) {
    this.allKeys = keys;
  }

  setKeys(keys) {
    this.keys = keys;
    this.changed(true);
  }

  setChosen(text, byUser) {
    if (text === this.chosen) return;
    this.chosen = text;
    this.changed(byUser);
  }

  takesUnfinished() {
    return this.unfinished !== null ? this.unfinished : !this.trials.some(hasResult);
  }

  drawSwitch() {
    const pressed = this.takesUnfinished();
    if (this.switch.dataset.pressed === String(pressed)) return;
    this.switch.dataset.pressed = String(pressed);
    replaceKeepingFocus(this.switch, toggle('unfinished trials too', pressed, () => {
      this.unfinished = !pressed;
      this.drawSwitch();
      this.changed(true);
    }, 'Trials that run, failed or were cancelled count too, as far as they came'));
  }

  async ask() {
    if (!this.keys || this.trials.length === 0) return;
    this.drawSwitch();
    const why = this.whyNothing();
    if (why) {
      this.say(why);
      return;
    }
    try {
      if (this.chosen.length > kMaxRangesText) throw new Error('too many separate trials');
      const answer = await get(`experiments/${this.experiment}/comparison`, {
        group: this.keys, trials: this.chosen, unfinished: this.takesUnfinished() ? 1 : 0,
      }, this.signal);
      this.answer = answer;
      this.draw();
    } catch (error) {
      if (!this.signal.aborted) this.say(`Comparison: ${error.message}`);
    }
  }

  // Why there is nothing to ask for; empty: there is.
  whyNothing() {
    if (this.chosen === 'none') return 'No trial is chosen.';
    if (this.keys.length === 0 && this.allKeys.length > 0) {
      return 'Choose above what to group by, to compare groups.';
    }
    if (!this.takesUnfinished() && !this.trials.some(hasResult)) return 'No trial has succeeded yet.';
    const hasReturn = this.trials.some((trial) => trial.final_return !== undefined);
    return hasReturn ? '' : 'No evaluation has been reported yet.';
  }

  say(text) {
    this.answer = null;
    this.note.textContent = '';
    this.body.replaceChildren(h('p', {class: 'empty'}, text));
  }

  draw() {
    if (!this.answer) return;
    const {by, metric, groups, strata, together, pairs} = this.answer;
    // Coloured as the curve of one of their trials: curves are named by what a trial itself sets,
    // these by what that comes to.
    const places = groupPlaces(this.trials, this.keys);
    const members = new Map(strata.flatMap((stratum) => stratum.groups
        .filter(({seeds}) => seeds.length > 0).map(({group, seeds}) => [group, seeds[0].trial])));
    const look = new Map(groups.map(({group}) => [group, {
      name: by.length === 1 ? shortName(`${by[0]}=${group}`, by) : group,
      color: seriesColor(places.get(members.get(group)))}]));
    const label = (group) => [
      h('span', {class: 'swatch', style: {background: look.get(group).color}}), look.get(group).name];
    const tables = strata.map((stratum) => [
      h('h3', null, `${stratum.stratum} at step ${compact(stratum.last_step)}`),
      this.summaryTable(stratum.stratum, stratum.groups, look, label)]);
    if (together.length > 0) {
      tables.push([h('h3', null, `All ${strata.length} together, seeds drawn within each`),
                   this.summaryTable('All together', together, look, label)]);
    }
    if (pairs.length > 0) {
      tables.push([h('h3', null, 'Probability that a seed of A ends higher than one of B'),
        table('Pairs of groups', kPairHeads, pairs.slice(0, kMostPairs).map((pair) => h('tr', null,
          h('th', {scope: 'row'}, label(pair.a)), h('td', null, label(pair.b)),
          h('td', {class: 'number'}, percent(pair.probability)),
          h('td', {class: 'number'}, pair.interval ? pair.interval.map(percent).join(' … ') : '–'),
          h('td', {class: pair.told_apart ? 'apart' : 'muted'}, verdict(pair)))))]);
    }
    this.note.textContent = metric;
    replaceKeepingFocus(this.body, ...tables.flat(), this.remarks());
  }

  summaryTable(name, summaries, look, label) {
    const values = summaries.flatMap(({seeds}) => (seeds || []).map((seed) => seed.value))
        .filter(Number.isFinite);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const rows = summaries.filter((group) => group.num_seeds > 0).sort((a, b) => b.iqm - a.iqm)
        .map((group) => h('tr', null,
          h('th', {scope: 'row'}, label(group.group)),
          h('td', {class: 'number'}, group.num_seeds),
          h('td', {class: 'number'}, withInterval(group.mean, group.mean_interval)),
          h('td', {class: 'number'}, real(group.median)),
          h('td', {class: 'number'}, withInterval(group.iqm, group.iqm_interval)),
          h('td', {class: 'number'}, withInterval(group.auc, group.auc_interval)),
          h('td', null, group.seeds ? strip(group, low, high, look.get(group.group).color) : '')));
    return table(`Groups: ${name}`, kHeads, rows);
  }

  // What these numbers leave out and cannot show.
  remarks() {
    const {pairs, left_out: leftOut, warnings, caveats} = this.answer;
    const omitted = pairs.length - kMostPairs;
    const lines = [
      ...(omitted > 0 ? [`${count(omitted, 'further pair')}: vagram compare ${this.experiment}`] : []),
      ...(leftOut.length > 0 ? [`Left out: ${leftOut.slice(0, 5).map(({trial, why}) =>
        `${trial} ${why}`).join('; ')}${leftOut.length > 5 ? `; and ${leftOut.length - 5} more` : ''}`] : []),
      ...warnings, ...caveats];
    return h('ul', {class: 'remarks'}, lines.map((line) => h('li', null, line)));
  }
}
