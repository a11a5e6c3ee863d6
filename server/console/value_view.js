// A string's bytes: as text, as a JSON tree, or in hexadecimal. A long value is read a page at a
// time.
import { readPart } from './api.js';
import { cutBytes, toText } from './bytes.js';
import { fill, h, note, problemBox, segmented } from './dom.js';
import { number, size } from './format.js';
import { hexLines } from './hex_view.js';
import { jsonTree, parseJson } from './json_view.js';
import { pager } from './pager.js';
import { shownLines } from './show.js';

const kTextPage = 64 * 1024;
const kHexPage = 4 * 1024;
const kMostJson = 1024 * 1024;
const kModes = [
  ['text', 'Text'],
  ['json', 'JSON'],
  ['hex', 'Hex'],
];

const looksLikeJson = (bytes) => /^\s*[[{"]/.test(bytes);

// `total` is the value's size in bytes, null if it is not known.
export function valueView(key, total) {
  let mode = null;
  let version = null;
  let load = 0;
  const content = h('div.value', { tabindex: '0', role: 'region', 'aria-label': 'Value' });
  const pages = pager('value', (page) => show(page));
  const modes = h('div.modes', {});
  const element = h('div', {}, h('div.toolbar', {}, modes, pages.element), content);

  function chooseMode(chosen) {
    mode = chosen;
    fill(
      modes,
      segmented('Show as', kModes, mode, (other) => {
        mode = other;
        show(0);
      }),
    );
  }

  // Of the first bytes.
  function guess(bytes) {
    const text = toText(bytes.slice(0, bytes.length - cutBytes(bytes, true)));
    if (text === null) return 'hex';
    if (!looksLikeJson(bytes) || (total ?? 0) > kMostJson) return 'text';
    return bytes.length < kTextPage && parseJson(text) === null ? 'text' : 'json';
  }

  async function read(from, length) {
    const part = await readPart(key, from, length, version);
    if (part === null) return null;
    version = part.version;
    return part.bytes;
  }

  async function show(page) {
    const mine = ++load;
    try {
      if (mode === null) {
        const beginning = await read(0, kTextPage);
        if (mine !== load) return;
        if (beginning === null) return void fill(content, note('The key is gone.'));
        chooseMode(guess(beginning));
      }
      const made = await { text: showText, json: showJson, hex: showHex }[mode](page);
      if (mine === load) fill(content, made);
    } catch (error) {
      if (mine === load) fill(content, problemBox(error));
    }
  }

  function sayWhere(page, pageSize, from, length) {
    const end = total === null ? null : Math.max(1, Math.ceil(total / pageSize));
    const of = total === null ? '' : ` of ${number(total)}`;
    pages.show({
      page,
      pages: end ?? Infinity,
      text: `${number(from)} \u2013 ${number(from + length)}${of} bytes`,
    });
  }

  async function showText(page) {
    const from = page * kTextPage;
    const bytes = await read(from, kTextPage + 3);
    if (bytes === null) return note('The key is gone.');
    // A character that the page's edge cuts belongs to the page where it begins.
    const skip = page > 0 ? cutBytes(bytes, false) : 0;
    let end = Math.min(bytes.length, kTextPage);
    if (bytes.length > kTextPage) end += cutBytes(bytes.slice(kTextPage), false);
    sayWhere(page, kTextPage, from + skip, end - skip);
    if (bytes === '') return note('The value is empty.');
    return h('pre.text', {}, ...shownLines(bytes.slice(skip, end)));
  }

  async function showHex(page) {
    const from = page * kHexPage;
    const bytes = await read(from, kHexPage);
    if (bytes === null) return note('The key is gone.');
    sayWhere(page, kHexPage, from, bytes.length);
    if (bytes === '') return note('The value is empty.');
    const width = element.clientWidth < 560 ? 8 : 16;
    return h('pre.hex', {}, hexLines(bytes, from, width).join('\n'));
  }

  async function showJson() {
    pages.show({ page: 0, pages: 1, text: '' });
    if (total !== null && total > kMostJson)
      return note(`Only values of up to ${size(kMostJson)} are shown as JSON.`);
    const bytes = await read(0, kMostJson);
    if (bytes === null) return note('The key is gone.');
    const tree = parseJson(toText(bytes) ?? '');
    return tree === null
      ? note('The value is not JSON. It can be shown as text or in hexadecimal.')
      : jsonTree(tree);
  }

  pages.show({ page: 0, pages: 1, text: '' });
  show(0);
  return {
    element,
    close() {
      ++load;
    },
  };
}
