// The newest commands that took long (SLOWLOG).
import { command } from './api.js';
import { fromJson } from './bytes.js';
import { ask, button, dataTable, fill, h, note, problemBox } from './dom.js';
import { distance, micros, time } from './format.js';
import { shown } from './show.js';
import { quoted } from './words.js';

const kMost = 128;

export function slowScreen() {
  let isClosed = false;
  const content = h('div.value', { tabindex: '0', role: 'region', 'aria-label': 'Slow commands' });

  function row([id, seconds, took, words, client, name]) {
    return h(
      'tr',
      {},
      h('td.number', {}, String(id)),
      h('td', { title: distance(seconds * 1000) }, time(seconds * 1000)),
      h('td.number', {}, micros(took)),
      h(
        'td.clip',
        {},
        h('code', {}, shown(words.map((word) => quoted(fromJson(word))).join(' '), 512)),
      ),
      h('td', {}, shown(fromJson(name || client || ''), 64)),
    );
  }

  async function load() {
    try {
      const rows = await command(['SLOWLOG', 'GET', String(kMost)]);
      if (isClosed) return;
      fill(
        content,
        rows.length === 0
          ? note(
              'No command was slow. Which ones are: --slow-command, or CONFIG SET slowlog-log-slower-than.',
            )
          : dataTable(['#No.', 'When', '#Took', 'Command', 'Client'], rows.map(row)),
      );
    } catch (error) {
      if (!isClosed) fill(content, problemBox(error));
    }
  }

  async function reset() {
    if (
      !(await ask(
        'Empty the list?',
        h('p', {}, 'Slow commands that are listed now are forgotten, for everybody.'),
        'Empty it',
      ))
    )
      return;
    try {
      await command(['SLOWLOG', 'RESET']);
      load();
    } catch (error) {
      fill(content, problemBox(error));
    }
  }

  return {
    title: 'Slow commands',
    mount(main) {
      main.append(
        h(
          'div.toolbar',
          {},
          h('h1', {}, 'Slow commands'),
          button('Refresh', load),
          button('Empty\u2026', reset),
        ),
        content,
      );
      load();
    },
    unmount() {
      isClosed = true;
    },
  };
}
