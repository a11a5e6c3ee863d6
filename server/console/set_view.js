// A sorted set: its members with their scores, from the lowest or the highest on.
import { command } from './api.js';
import { fromJson } from './bytes.js';
import { dataTable, fill, h, note, problemBox, segmented } from './dom.js';
import { number } from './format.js';
import { pager } from './pager.js';
import { shown } from './show.js';

const kPage = 100;

export function setView(key, members) {
  let reversed = false;
  let load = 0;
  const content = h('div.value', { tabindex: '0', role: 'region', 'aria-label': 'Members' });
  const pages = pager('members', (page) => show(page));
  const order = segmented(
    'Order',
    [
      ['up', 'Lowest first'],
      ['down', 'Highest first'],
    ],
    'up',
    (chosen) => {
      reversed = chosen === 'down';
      show(0);
    },
  );
  const element = h('div', {}, h('div.toolbar', {}, order, pages.element), content);

  async function show(page) {
    const mine = ++load;
    const from = page * kPage;
    try {
      const words = ['ZRANGE', key, String(from), String(from + kPage - 1)];
      const pairs = (await command([...words, ...(reversed ? ['REV'] : []), 'WITHSCORES'])).map(
        fromJson,
      );
      if (mine !== load) return;
      const count = pairs.length / 2;
      pages.show({
        page,
        pages: Math.max(1, Math.ceil(members / kPage)),
        text: `${number(from + 1)} \u2013 ${number(from + count)} of ${number(members)}`,
      });
      fill(content, count === 0 ? note('There is no member here.') : table(pairs, from));
    } catch (error) {
      if (mine === load) fill(content, problemBox(error));
    }
  }

  function table(pairs, from) {
    const rows = [];
    for (let i = 0; i < pairs.length; i += 2) {
      rows.push(
        h(
          'tr',
          {},
          h('td.number.dim', {}, number(from + i / 2)),
          h('td', {}, shown(pairs[i], 512)),
          h('td.number', {}, pairs[i + 1]),
        ),
      );
    }
    return dataTable(['#Rank', 'Member', '#Score'], rows);
  }

  show(0);
  return {
    element,
    close() {
      ++load;
    },
  };
}
