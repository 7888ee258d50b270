// Numbers, times and states as people read them.

// Numbers of the API's JSON: 64-bit integers are strings, and a value that is none is "NaN".
export function number(value) {
  if (value === null || value === undefined || value === '') return NaN;
  return Number(value);
}

export function compact(value) {
  const x = number(value);
  if (!Number.isFinite(x)) return '–';
  const size = Math.abs(x);
  if (size >= 1e9) return `${trim(x / 1e9)}G`;
  if (size >= 1e6) return `${trim(x / 1e6)}M`;
  if (size >= 1e4) return `${trim(x / 1e3)}k`;
  return trim(x);
}

function trim(x) {
  const size = Math.abs(x);
  if (size !== 0 && size < 0.001) return x.toExponential(1);
  const text = x.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export function real(value) {
  const x = number(value);
  if (!Number.isFinite(x)) return '–';
  const size = Math.abs(x);
  return size >= 1e6 || (size < 1e-3 && size > 0) ? x.toExponential(2) : x.toFixed(
      size >= 100 ? 1 : size >= 1 ? 2 : 4);
}

export function count(n, noun) {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

export function percent(share) {
  return Number.isFinite(share) ? `${Math.floor(100 * share)} %` : '–';
}

export function bytes(value) {
  const x = number(value);
  if (x >= 1 << 20) return `${(x / (1 << 20)).toFixed(1)} MiB`;
  return x >= 1024 ? `${Math.round(x / 1024)} KiB` : `${x} B`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

// A protobuf timestamp as seconds; NaN where there is none.
export function seconds(timestamp) {
  return timestamp ? Date.parse(timestamp) / 1000 : NaN;
}

export function since(timestamp) {
  return (Date.now() / 1000) - seconds(timestamp);
}

export function ago(timestamp) {
  const past = since(timestamp);
  if (!Number.isFinite(past)) return '–';
  return past < 5 ? 'now' : `${duration(past)} ago`;
}

export function clock(timestamp) {
  return timestamp ? new Date(timestamp).toLocaleString() : '–';
}

// Of an experiment or trial: how long it has run, or ran.
export function elapsed(thing) {
  const begin = seconds(thing.started_at || thing.submitted_at);
  const end = thing.ended_at ? seconds(thing.ended_at) : Date.now() / 1000;
  return duration(end - begin);
}

// What a worker has done with its time: "82 % working, 15 % starved, 3 % blocked".
export function timeUse({time_use: use}) {
  const parts = ['working', 'starved', 'blocked'].map((name) => [name, number(use && use[name]) || 0]);
  const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  return total > 0 ? parts.map(([name, seconds]) =>
    `${Math.round(100 * seconds / total)} % ${name}`).join(', ') : '–';
}

// EXPERIMENT_RUNNING and RUNNING are both shown as "running".
export function stateName(state) {
  return (state || '').replace(/^EXPERIMENT_/, '').toLowerCase();
}

export function hasEnded(state) {
  return ['succeeded', 'stopped', 'failed', 'cancelled'].includes(stateName(state));
}

export function isActive(state) {
  return ['starting', 'running', 'stalled'].includes(stateName(state));
}
