// Making and changing what is on the page. Strings become text, never markup: there is no way to
// give this module HTML, and the page's Content-Security-Policy would refuse it.

const kSvg = 'http://www.w3.org/2000/svg';

// h('button.primary', { type: 'button', onclick: act, 'aria-label': 'Close' }, 'text', node, ...)
// Of the attributes, functions are listeners, true is an attribute without a value, and false,
// null and undefined are left out.
export function h(selector, attributes = {}, ...children) {
  return make((name) => document.createElement(name), selector, attributes, children);
}

// The same for a picture's elements.
export function svg(selector, attributes = {}, ...children) {
  return make((name) => document.createElementNS(kSvg, name), selector, attributes, children);
}

function make(create, selector, attributes, children) {
  const [name, ...classes] = selector.split('.');
  const element = create(name);
  if (classes.length > 0) element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) set(element, key, value);
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined),
  );
  return element;
}

export function set(element, key, value) {
  if (typeof value === 'function') element.addEventListener(key.slice(2), value);
  else if (value === true) element.setAttribute(key, '');
  else if (value === false || value === null || value === undefined) element.removeAttribute(key);
  else element.setAttribute(key, String(value));
}

// Puts `children` in the place of what `element` had.
export function fill(element, ...children) {
  element.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined),
  );
  return element;
}

// An icon of index.html's sprite.
export function icon(name) {
  return svg(
    'svg.icon',
    { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    svg('use', { href: `#icon-${name}` }),
  );
}

let count = 0;
export const uniqueId = (stem) => `${stem}-${++count}`;

// Said to who hears the page instead of seeing it.
export function announce(text) {
  document.getElementById('announcer').textContent = text;
}

// A button with a small text.
export function button(label, onclick, attributes = {}) {
  const { kind = '', ...rest } = attributes;
  return h(`button${kind ? `.${kind}` : ''}`, { type: 'button', onclick, ...rest }, label);
}

// One of several choices, as radio buttons side by side. `choose` is called with the value chosen.
export function segmented(label, choices, chosen, choose) {
  const name = uniqueId('choice');
  return h(
    'fieldset.segmented',
    {},
    h('legend.hidden', {}, label),
    choices.map(([value, text]) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name,
          value,
          checked: value === chosen,
          onchange: () => choose(value),
        }),
        h('span', {}, text),
      ),
    ),
  );
}

// A question in a dialog: resolves to true if it was confirmed. Escape and Cancel say no.
export function ask(title, content, confirm) {
  return new Promise((resolve) => {
    const id = uniqueId('dialog');
    const dialog = h(
      'dialog',
      { 'aria-labelledby': id },
      h(
        'form',
        { method: 'dialog' },
        h('h2', { id }, title),
        content,
        h(
          'div.actions',
          {},
          h('button', { value: 'no', autofocus: true }, 'Cancel'),
          h('button.primary', { value: 'yes' }, confirm),
        ),
      ),
    );
    showDialog(dialog).then((value) => resolve(value === 'yes'));
  });
}

// Shows a dialog until it closes, and gives the focus back. Resolves to its return value.
export function showDialog(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(dialog.returnValue);
    });
  });
}

// What stands where there is nothing to show.
export const note = (...words) => h('p.note', {}, ...words);

// An error as the server says it: what happened, and what to do next.
export function problemBox(error) {
  return h(
    'div.problem',
    { role: 'alert' },
    h(
      'p',
      {},
      error.code ? h('strong', {}, error.code) : null,
      error.code ? ' ' : null,
      error.message,
    ),
    error.hint ? h('p.hint', {}, 'Try: ', error.hint) : null,
  );
}

// A table of `rows` (elements of the table's body) under the names of its columns. Those of numbers
// begin with '#'; one in parentheses is said, and not shown.
export function dataTable(names, rows) {
  const head = (name) => {
    if (name.startsWith('#')) return h('th.number', { scope: 'col' }, name.slice(1));
    if (!name.startsWith('(')) return h('th', { scope: 'col' }, name);
    return h('th', { scope: 'col' }, h('span.hidden', {}, name.slice(1, -1)));
  };
  return h('table.data', {}, h('thead', {}, h('tr', {}, names.map(head))), h('tbody', {}, rows));
}
