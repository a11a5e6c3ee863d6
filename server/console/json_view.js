// A JSON value as a tree that opens and closes. Numbers and strings are shown as they stand in the
// text: JavaScript's own numbers would change long ones, and its objects lose a name that stands
// twice.
import { button, h } from './dom.js';
import { shownText } from './show.js';

const kToken = /"(?:[^"\\]|\\.)*"|[-+.\deE]+|true|false|null|[{}[\],:]/g;
const kMostChildren = 200; // shown at once
const kMostDepth = 500;

// The tree, or null if the text is not JSON. A node is { text } or { open, children: [[name, node],
// ...] }.
export function parseJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(kToken);
  let at = 0;
  const parse = (depth) => {
    if (depth > kMostDepth) throw new RangeError('nested too deeply');
    const token = tokens[at++];
    if (token !== '{' && token !== '[') return { text: token };
    const node = { open: token, children: [] };
    while (tokens[at] !== '}' && tokens[at] !== ']') {
      if (tokens[at] === ',') ++at;
      const name = token === '{' ? tokens[at] : null;
      if (name !== null) at += 2;
      node.children.push([name, parse(depth + 1)]);
    }
    ++at;
    return node;
  };
  try {
    return parse(0);
  } catch {
    return null;
  }
}

// The same as text with a line for each value, for comparing versions.
export function prettyJson(node, indent = '') {
  if (!node.open) return node.text;
  const close = node.open === '{' ? '}' : ']';
  if (node.children.length === 0) return node.open + close;
  const inner = `${indent}  `;
  const lines = node.children.map(
    ([name, child]) => `${inner}${name === null ? '' : `${name}: `}${prettyJson(child, inner)}`,
  );
  return `${node.open}\n${lines.join(',\n')}\n${indent}${close}`;
}

export function jsonTree(node) {
  return h('div.json', {}, line(node, null, 0));
}

const kKinds = { '"': 'string', t: 'word', f: 'word', n: 'word' };

function line(node, name, depth) {
  const label = name === null ? null : [h('span.json-name', {}, ...shownText(name)), ': '];
  if (!node.open) {
    const kind = kKinds[node.text[0]] ?? 'number';
    return h('div.json-leaf', {}, label, h(`span.json-${kind}`, {}, ...shownText(node.text)));
  }
  const count = node.children.length;
  const what =
    node.open === '{' ? (count === 1 ? 'member' : 'members') : count === 1 ? 'item' : 'items';
  const details = h(
    'details',
    { open: depth < 2 && count <= 50 },
    h(
      'summary',
      {},
      label,
      node.open === '{' ? '{\u2026}' : '[\u2026]',
      h('span.json-count', {}, ` ${count} ${what}`),
    ),
  );
  const body = h('div.json-body');
  let isFilled = false;
  const fillOnce = () => {
    if (isFilled || !details.open) return;
    isFilled = true;
    showChildren(body, node.children, 0, depth);
  };
  details.addEventListener('toggle', fillOnce);
  fillOnce();
  details.append(body);
  return details;
}

function showChildren(body, children, from, depth) {
  const end = Math.min(children.length, from + kMostChildren);
  for (let at = from; at < end; ++at)
    body.append(line(children[at][1], children[at][0], depth + 1));
  if (end === children.length) return;
  const more = button(
    `Show ${Math.min(kMostChildren, children.length - end)} more of ${children.length - end}`,
    () => {
      more.remove();
      showChildren(body, children, end, depth);
    },
  );
  body.append(more);
}
