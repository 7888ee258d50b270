// The palette of Okabe and Ito, which colour-blind people can tell apart; further curves are dashed.

const kLight = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#6b6b6b',
                '#a08a00'];
const kDark = ['#4aa8e8', '#f0803c', '#2fc79b', '#e39ac4', '#f0b43c', '#8fd0f5', '#b8b8b8',
               '#f0e442'];
const kPatterns = [null, [6, 4], [2, 3], [10, 3, 2, 3]];

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

export function seriesColor(i) {
  const palette = isDark() ? kDark : kLight;
  return palette[i % palette.length];
}

export function seriesPattern(i) {
  return kPatterns[Math.floor(i / kLight.length) % kPatterns.length];
}

// Calls `callback` when the theme changes, until `signal` aborts.
export function onTheme(callback, signal) {
  document.addEventListener('themechange', callback, {signal});
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', callback, {signal});
}

export function cssColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
