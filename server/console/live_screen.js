// Every change of the keys that begin with a prefix, as it is made.
import { events } from './api.js';
import { fromJson, percent } from './bytes.js';
import { button, dataTable, fill, h, note, problemBox, uniqueId } from './dom.js';
import { number, size, time } from './format.js';
import { addressOf, rewrite } from './router.js';
import { shown } from './show.js';
import { LineError, bytesOfField, fieldOfBytes } from './words.js';

const kMostRows = 500;

export function liveScreen() {
  let prefix = '';
  let stop = null;
  let count = 0;
  let waiting = []; // rows that the next frame shows
  const field = h('input', {
    type: 'search',
    id: uniqueId('prefix'),
    placeholder: 'all keys',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
  });
  const state = h('span.where', { role: 'status' });
  const toggle = button('Pause', () => (stop ? pause() : start()));
  const problem = h('div', {});
  const changes = dataTable(['#Version', 'Time', 'What', 'Key', '#Size', 'Value'], []);
  const body = changes.tBodies[0];
  const empty = note('Nothing was written since. Changes appear here as they are made.');
  const table = h(
    'div.value',
    { tabindex: '0', role: 'region', 'aria-label': 'Changes' },
    changes,
    empty,
  );

  function row({ type, data }) {
    const key = data.key === null ? null : fromJson(data.key);
    const value = data.value === null || data.value === undefined ? null : fromJson(data.value);
    return h(
      'tr',
      {},
      h('td.number', {}, String(data.version)),
      h('td', {}, time(Date.now()).slice(11)),
      h('td', {}, h('span.badge', { 'data-kind': type }, type)),
      h(
        'td',
        {},
        key === null ? 'all keys' : h('a', { href: addressOf('keys', { key }) }, shown(key, 128)),
      ),
      h(
        'td.number',
        {},
        value === null ? (data.omitted ? size(data.omitted) : '') : size(value.length),
      ),
      h('td.clip', {}, value === null ? '' : shown(value, 96)),
    );
  }

  function draw() {
    const rows = waiting.reverse();
    waiting = [];
    body.prepend(...rows);
    while (body.childElementCount > kMostRows) body.lastChild.remove();
    empty.hidden = body.childElementCount > 0;
    say();
  }

  function onEvent(event) {
    if (event.type === 'error') {
      fill(
        problem,
        problemBox({ code: event.data.code, message: event.data.detail, hint: event.data.hint }),
      );
      pause();
      return;
    }
    if (event.data.version === undefined) return;
    ++count;
    if (waiting.length === 0) requestAnimationFrame(draw);
    waiting.push(row(event));
    if (waiting.length > kMostRows) waiting.shift();
  }

  function say(word = 'Following') {
    state.textContent = `${stop ? word : 'Paused'}: ${number(count)} ${count === 1 ? 'change' : 'changes'}`;
  }

  function start() {
    stop?.abort();
    fill(problem);
    stop = new AbortController();
    toggle.textContent = 'Pause';
    say('Connecting');
    events(`/_/events?prefix=${percent(prefix)}`, {
      signal: stop.signal,
      onEvent,
      onState: (word, error) => {
        if (word !== 'failed') return say(word === 'open' ? 'Following' : 'Connecting again');
        fill(problem, problemBox(error));
        return pause();
      },
    });
  }

  function pause() {
    stop?.abort();
    stop = null;
    toggle.textContent = 'Follow on';
    say();
  }

  function choose(event) {
    event.preventDefault();
    try {
      prefix = bytesOfField(field.value);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      fill(problem, problemBox(error));
      return;
    }
    rewrite('live', { prefix: prefix || null });
    fill(body);
    empty.hidden = false;
    count = 0;
    start();
  }

  return {
    title: 'Live changes',
    mount(main, given) {
      prefix = given.prefix ?? '';
      field.value = fieldOfBytes(prefix);
      main.append(
        h('h1', {}, 'Live changes'),
        h(
          'div.toolbar',
          {},
          h(
            'form.search',
            { role: 'search', onsubmit: choose },
            h('label', { for: field.id }, 'Prefix'),
            field,
            h('button', {}, 'Follow'),
          ),
          toggle,
          state,
        ),
        problem,
        table,
      );
      start();
    },
    unmount() {
      stop?.abort();
    },
    search() {
      field.focus();
      field.select();
    },
  };
}
