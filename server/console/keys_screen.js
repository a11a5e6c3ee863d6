// Keys by prefix, and beside them the one that is open.
import { command } from './api.js';
import { fromJson } from './bytes.js';
import { fill, h, icon, note, problemBox, uniqueId } from './dom.js';
import { number } from './format.js';
import { keyView } from './key_view.js';
import { addressOf, go, rewrite } from './router.js';
import { shown } from './show.js';
import { VirtualList, kMostRows } from './virtual_list.js';
import { LineError, bytesOfField, fieldOfBytes } from './words.js';

const kPage = 500;

// Keys that begin with `prefix`, page by page. `after` is the last key of the page before, or null.
async function pageOf(prefix, after) {
  const words = ['PREFIX', prefix, 'LIMIT', String(kPage)];
  if (after !== null) words.push('AFTER', after);
  return (await command(words)).map(fromJson);
}

export function keysScreen() {
  let parameters = {};
  let prefix = '';
  let load = 0; // which listing is the current one: answers to others are dropped
  let isLoading = false;
  let open = null; // the view of the open key
  let timer = null;

  const field = h('input', {
    type: 'search',
    id: uniqueId('prefix'),
    placeholder: 'user:',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    oninput: onInput,
    onkeydown: onFieldKey,
  });
  const count = h('p.count', { role: 'status' });
  const problem = h('div', {});
  const list = new VirtualList({
    label: 'Keys',
    rowHeight: 27,
    render: (key) => shown(key),
    open: openKey,
    more: () => loadMore(),
  });
  const detail = h('section.detail', { 'aria-label': 'Key', tabindex: '-1' });
  const root = h(
    'div.keys',
    {},
    h(
      'section.browse',
      { 'aria-label': 'Browse' },
      h('h1', {}, 'Keys'),
      h(
        'form.search',
        {
          role: 'search',
          onsubmit: (event) => {
            event.preventDefault();
            list.element.focus();
          },
        },
        h('label', { for: field.id }, 'Prefix'),
        field,
        h(
          'button.quiet',
          { type: 'button', onclick: () => listAnew(), 'aria-label': 'List the keys again' },
          icon('refresh'),
        ),
      ),
      problem,
      list.element,
      count,
    ),
    detail,
  );

  function onInput() {
    clearTimeout(timer);
    timer = setTimeout(() => setPrefix(field.value), 200);
  }

  function onFieldKey(event) {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    list.element.focus();
  }

  function setPrefix(text) {
    try {
      prefix = bytesOfField(text);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      fill(problem, problemBox(error));
      return;
    }
    parameters = { ...parameters, prefix: prefix || null };
    rewrite('keys', parameters);
    listAnew();
  }

  function listAnew() {
    ++load;
    isLoading = false;
    list.clear();
    list.isComplete = false;
    fill(problem);
    count.textContent = 'Listing\u2026';
    loadMore();
  }

  async function loadMore() {
    if (isLoading || list.isComplete) return;
    isLoading = true;
    const mine = load;
    try {
      const page = await pageOf(prefix, list.items.at(-1) ?? null);
      if (mine !== load) return;
      isLoading = false;
      const isFull = list.items.length + page.length >= kMostRows;
      list.add(page, page.length < kPage || isFull);
      list.mark(parameters.key ?? null);
      sayCount(isFull);
    } catch (error) {
      if (mine !== load) return;
      isLoading = false;
      list.isComplete = true;
      count.textContent = '';
      fill(problem, problemBox(error));
    }
  }

  function sayCount(isFull) {
    const keys = list.items.length;
    if (keys === 0)
      count.textContent = prefix ? 'No key begins like this.' : 'There are no keys yet.';
    else if (isFull)
      count.textContent = `The first ${number(keys)} keys: narrow the prefix to see others`;
    else if (list.isComplete) count.textContent = keys === 1 ? '1 key' : `${number(keys)} keys`;
    else count.textContent = `${number(keys)} keys so far; more as you scroll`;
  }

  function openKey(key) {
    if (key === parameters.key) detail.focus();
    else go('keys', { prefix: prefix || null, key });
  }

  function showOpen(before) {
    const { key, tab } = parameters;
    root.classList.toggle('has-open', key !== undefined);
    list.mark(key ?? null);
    open?.close();
    open = null;
    if (key === undefined) {
      fill(detail, note('Choose a key to see its value, its history, and what is written to it.'));
      if (before) list.element.focus();
      return;
    }
    open = keyView(key, tab ?? 'value', (other) =>
      addressOf('keys', { ...parameters, tab: other }),
    );
    fill(
      detail,
      h('a.back', { href: addressOf('keys', { prefix: parameters.prefix }) }, icon('back'), 'Keys'),
      open.element,
    );
    if (before === null) return;
    if (before.key !== key) detail.focus({ preventScroll: true });
    else open.focus();
  }

  return {
    title: 'Keys',
    mount(main, given) {
      parameters = given;
      prefix = given.prefix ?? '';
      field.value = fieldOfBytes(prefix);
      main.append(root);
      listAnew();
      showOpen(null);
    },
    update(given) {
      const before = parameters;
      parameters = given;
      if ((given.prefix ?? '') !== prefix) {
        prefix = given.prefix ?? '';
        field.value = fieldOfBytes(prefix);
        listAnew();
      }
      showOpen(before);
    },
    unmount() {
      clearTimeout(timer);
      ++load;
      open?.close();
    },
    search() {
      field.focus();
      field.select();
    },
  };
}
