// Trials that are shown as one: all that have the same values of some swept keys.

function valueOf(trial, key) {
  return key === 'seed' ? trial.seed : (trial.overrides || {})[key] || '';
}

export function indexOf(trial) {
  return Number(trial.id.split('/')[1]);
}

// As the service groups and names them, so that a group has the same colour everywhere.
export function groupTrials(trials, keys) {
  const groups = new Map();
  for (const trial of trials) {
    const name = keys.map((key) => `${key}=${valueOf(trial, key)}`).join(' ') || 'all trials';
    if (!groups.has(name)) groups.set(name, {name, trials: []});
    groups.get(name).trials.push(trial);
  }
  return [...groups.values()];
}

// The name with keys cut to their last part, where these still differ: "dims=5 loss=mle".
export function shortName(name, keys) {
  const short = keys.map((key) => key.split('.').pop());
  if (new Set(short).size < keys.length) return name;
  return keys.reduce((text, key, i) => text.replace(`${key}=`, `${short[i]}=`), name);
}

// A longer list of trials does not fit an address.
export const kMaxRangesText = 5000;

// Indices of trials as the API takes them: "0-9,12".
export function ranges(indices) {
  const parts = [];
  const sorted = [...indices].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end] + 1) end += 1;
    parts.push(end > i ? `${sorted[i]}-${sorted[end]}` : `${sorted[i]}`);
    i = end + 1;
  }
  return parts.join(',');
}
