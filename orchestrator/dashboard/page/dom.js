// Elements as values: h('a', {href: '#/', class: 'x', onclick: f}, 'text', child, ...). Text only
// ever becomes a text node, so that nothing that trials, files or logs say is taken for markup.

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'style') {
      // Not the attribute, which the page's Content-Security-Policy forbids.
      for (const [key, setting] of Object.entries(value)) element.style.setProperty(key, setting);
    } else if (name === 'value' || name === 'checked' || name === 'disabled') {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined &&
                                                      child !== false));
  return element;
}

export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

// Shows `text` in `element` without touching the page where nothing has changed.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let numIds = 0;
export function newId(prefix) {
  numIds += 1;
  return `${prefix}-${numIds}`;
}

// As element.replaceChildren, but who is within it with the keyboard stays at the same place.
export function replaceKeepingFocus(element, ...children) {
  const kFocusable = 'a, button, input, select, [tabindex]';
  const place = [...element.querySelectorAll(kFocusable)].indexOf(document.activeElement);
  element.replaceChildren(...children);
  const successor = place >= 0 && element.querySelectorAll(kFocusable)[place];
  if (successor) successor.focus({preventScroll: true});
}

// A button of a group of switches.
export function toggle(text, pressed, onclick, title) {
  return h('button', {type: 'button', class: 'chip', 'aria-pressed': String(pressed), onclick,
                      title}, text);
}

export function select(label, options, chosen, onchange) {
  const id = newId('select');
  return h('label', {class: 'field', for: id}, label,
           h('select', {id, onchange: (event) => onchange(event.target.value)},
             options.map(([value, text]) =>
               h('option', {value, selected: value === chosen}, text))));
}

// A table with a caption for those who do not see it.
export function table(caption, heads, rows, empty) {
  return h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
           h('table', null, h('caption', {class: 'hidden'}, caption),
             h('thead', null, h('tr', null, heads.map((head) =>
               h('th', {scope: 'col', class: head.number ? 'number' : null}, head.text || head)))),
             h('tbody', null, rows.length > 0 ? rows :
               h('tr', null, h('td', {colspan: heads.length, class: 'empty'}, empty || 'none')))));
}

export function tile(name, value, detail) {
  return h('div', {class: 'tile'}, h('dt', null, name), h('dd', null, value),
           detail ? h('dd', {class: 'detail'}, detail) : null);
}

let toastTimer = 0;
export function toast(text, isError) {
  const toasts = document.getElementById('toasts');
  toasts.replaceChildren(h('div', {class: isError ? 'toast error' : 'toast'}, text));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toasts.replaceChildren(), isError ? 10000 : 4000);
}
