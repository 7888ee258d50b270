// The logs of a trial's processes, followed.

import {listen} from './api.js';
import {h, newId, select} from './dom.js';

const kMostLines = 5000;

// One colour per source, and warnings and errors stand out (glog's I, W, E, F).
function severity(line) {
  const match = /^([IWEF])\d{4,8} /.exec(line);
  return match && match[1] !== 'I' ? (match[1] === 'W' ? 'warning' : 'error') : '';
}

// When a line was written, as glog says it; other lines were together with the one before.
function timeOf(line) {
  const match = /^[IWEF](\d{4,8} \d\d:\d\d:\d\d\.\d+)/.exec(line);
  return match ? match[1] : '';
}

export function logsView(root, trialPath, signal) {
  let lines = [];
  let source = '';
  let wanted = '';
  let sources = [];
  let latest = {};  // time of each source's last line
  let follow = true;
  let place = 0;  // how far the lines are scrolled
  let waiting = false;

  const output = h('div', {class: 'log', tabindex: '0', role: 'log', 'aria-live': 'off',
                           'aria-label': 'Log lines'});
  const chooser = h('span');
  const note = h('span', {class: 'muted'});
  const id = newId('follow');
  const box = h('input', {type: 'checkbox', id, checked: true, onchange: () => {
    follow = box.checked;
    draw();
  }});
  root.append(
    h('div', {class: 'toolbar'}, h('h2', null, 'Logs'), chooser,
      h('input', {type: 'search', placeholder: 'Only lines with…', 'aria-label': 'Filter lines',
                  oninput: (event) => {
                    wanted = event.target.value.toLowerCase();
                    draw();
                  }}),
      h('span', {class: 'grow'}), note, h('label', {class: 'field', for: id}, box, 'follow')),
    output);

  // Who scrolls up wants to read; who comes back to the end wants to follow again. Lines that are
  // higher than expected once they are in sight put the end further away, but never scroll up.
  output.addEventListener('scroll', () => {
    if (output.scrollTop === place) return;  // as draw left it
    const isAtEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
    follow = isAtEnd || (follow && output.scrollTop > place);
    place = output.scrollTop;
    box.checked = follow;
  }, {passive: true, signal});

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const kept = lines.filter((line) => (!source || line.source === source) &&
                                          (!wanted || line.text.toLowerCase().includes(wanted)));
      output.replaceChildren(...kept.map((line) => h('div', {class: severity(line.text)},
        h('span', {class: `source s${sources.indexOf(line.source) % 6}`}, line.source),
        line.text)));
      if (kept.length === 0) output.append(h('p', {class: 'empty'}, 'no lines'));
      note.textContent = `${kept.length.toLocaleString('en')} lines`;
      if (follow) output.scrollTop = output.scrollHeight;
      place = output.scrollTop;
    });
  }

  function drawSources() {
    chooser.replaceChildren(select('of', [['', 'all processes'], ...sources.map((s) => [s, s])],
                                   source, (value) => {
                                     source = value;
                                     draw();
                                   }));
  }
  drawSources();
  draw();

  listen(`${trialPath}/logs?tail_lines=1000`, {
    // The stream begins anew with the last lines.
    open: () => {
      lines = [];
      latest = {};
      draw();
    },
    log: (chunk) => {
      if (!sources.includes(chunk.source)) {
        sources = [...sources, chunk.source].sort();
        drawSources();
      }
      const text = chunk.text.endsWith('\n') ? chunk.text.slice(0, -1) : chunk.text;
      for (const line of text.split('\n')) {
        const time = timeOf(line) || latest[chunk.source] || '';
        latest[chunk.source] = time;
        lines.push({source: chunk.source, text: line, time});
      }
      // Chunks come process by process; what was written at one time is to stand together.
      lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
      if (lines.length > kMostLines) lines = lines.slice(-kMostLines);
      draw();
    },
  }, signal);
}
