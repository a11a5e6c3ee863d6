// One key: what it is, and its value, its history or what is written to it.
import { command } from './api.js';
import { fromJson, toText } from './bytes.js';
import { announce, button, fill, h, icon, note, problemBox } from './dom.js';
import { followView } from './follow_view.js';
import { distance, number, size, time } from './format.js';
import { historyView, versionsOf } from './history_view.js';
import { addressOf } from './router.js';
import { setView } from './set_view.js';
import { shown } from './show.js';
import { valueView } from './value_view.js';
import { quoted } from './words.js';

const kTabs = { value: 'Value', history: 'History', follow: 'Follow' };

// What is known of a key without its value: { type, version, members }. `version` is null where
// there is none, or the user may not ask. type 'none': there is no such key.
async function stateOf(key) {
  const [type, versions] = await Promise.all([
    command(['TYPE', key]).then(fromJson),
    versionsOf(key, 1).catch(() => []),
  ]);
  const members = type === 'zset' ? await command(['ZCARD', key]) : null;
  return { type, version: versions[0] ?? null, members };
}

// `addressOfTab` gives the address of another view of the same key.
export function keyView(key, tab, addressOfTab) {
  const facts = h('dl.facts', {});
  const body = h('div.tab-body', { tabindex: '-1' });
  let view = null;
  let isClosed = false;

  const element = h(
    'div.key-view',
    {},
    h(
      'header.key-head',
      {},
      h('h2', {}, prefixLinks(key)),
      h(
        'div.key-actions',
        {},
        button([icon('copy'), 'Copy'], copyKey, { kind: 'quiet', 'aria-label': 'Copy the key' }),
        button([icon('refresh'), 'Refresh'], () => load(), {
          kind: 'quiet',
          'aria-label': 'Refresh the key',
        }),
      ),
    ),
    facts,
    h(
      'nav.tabs',
      { 'aria-label': 'Views of the key' },
      Object.entries(kTabs).map(([name, label]) =>
        h(
          'a',
          {
            href: addressOfTab(name === 'value' ? null : name),
            'aria-current': name === tab ? 'page' : null,
          },
          label,
        ),
      ),
    ),
    body,
  );

  async function copyKey() {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(toText(key) ?? quoted(key));
      announce('The key was copied');
    } else {
      // only pages that came by TLS, or from this machine, may copy
      getSelection().selectAllChildren(element.querySelector('h2'));
      announce('The key is selected');
    }
  }

  function showFacts({ type, version, members }) {
    const fact = (name, value, title) => h('div', {}, h('dt', {}, name), h('dd', { title }, value));
    fill(
      facts,
      fact('Type', type === 'zset' ? 'sorted set' : type === 'none' ? 'missing' : type),
      members === null ? null : fact('Members', number(members)),
      version === null
        ? null
        : [
            fact('Size', size(version.size), `${number(version.size)} bytes`),
            fact('Version', String(version.seq)),
            fact('Written', distance(version.time), time(version.time)),
            version.expires === null
              ? null
              : fact('Expires', distance(version.expires), time(version.expires)),
          ],
    );
  }

  function viewOf(state) {
    if (tab === 'history') return historyView(key, state.type, afterChange);
    if (tab === 'follow' && state.type === 'zset') {
      const live = h('a', { href: addressOf('live', { prefix: key }) }, 'Its changes');
      return { element: note('A sorted set does not grow at its end. ', live, ' are shown live.') };
    }
    if (tab === 'follow') return followView(key);
    if (state.type === 'none') {
      return {
        element: note(
          'There is no such key now. ',
          h('a', { href: addressOfTab('history') }, 'Its history'),
          ' may tell more.',
        ),
      };
    }
    return state.type === 'zset'
      ? setView(key, state.members)
      : valueView(key, state.version?.size ?? null);
  }

  async function load() {
    try {
      const state = await stateOf(key);
      if (isClosed) return;
      showFacts(state);
      view?.close?.();
      view = viewOf(state);
      fill(body, view.element);
    } catch (error) {
      if (!isClosed) fill(body, problemBox(error));
    }
  }

  // What had the focus is not there any more.
  async function afterChange() {
    await load();
    body.focus();
  }

  load();
  return {
    element,
    // To the view that was chosen.
    focus() {
      element.querySelector('.tabs [aria-current]').focus();
    },
    close() {
      isClosed = true;
      view?.close?.();
    },
  };
}

// The key, in which each part up to a separator leads to the keys that begin like it.
function prefixLinks(key) {
  const parts = key.length > 256 ? [key] : (key.match(/[^:/.]*[:/.]|[^:/.]+$/g) ?? [key]);
  let prefix = '';
  return parts.map((part, at) => {
    prefix += part;
    if (at === parts.length - 1) return shown(part, 1024);
    return h(
      'a',
      { href: addressOf('keys', { prefix }), title: 'Keys that begin like this' },
      shown(part),
    );
  });
}
