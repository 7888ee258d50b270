// Trials that are shown as one: all of a task that have the same values of some swept keys.

function valueOf(trial, key) {
  return key === 'seed' ? trial.seed : (trial.overrides || {})[key] || '';
}

// What the trial sets of the keys, as the service names groups.
export function nameOf(trial, keys) {
  return keys.filter((key) => key in (trial.overrides || {}))
      .map((key) => `${key}=${valueOf(trial, key)}`).join(', ');
}

export function indexOf(trial) {
  return Number(trial.id.split('/')[1]);
}

// Of every trial, by its id: the place of its group among those of all trials. It is the group's
// colour, which is then the same everywhere, for every task and whichever trials are chosen.
export function groupPlaces(trials, keys) {
  const groups = new Map();
  const places = new Map();
  for (const trial of trials) {
    const values = JSON.stringify(keys.map((key) => valueOf(trial, key)));
    if (!groups.has(values)) groups.set(values, groups.size);
    places.set(trial.id, groups.get(values));
  }
  return places;
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
