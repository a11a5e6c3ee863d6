// A value as it grows: `tail -f` for a key.
import { events, pathOf } from './api.js';
import { fromJson } from './bytes.js';
import { button, fill, h, note, problemBox } from './dom.js';
import { number, time } from './format.js';
import { shownLines } from './show.js';

const kTail = 4096; // how much of what is there already is shown
const kMostKept = 512 * 1024; // bytes on the page

export function followView(key) {
  let stop = null;
  let kept = 0;
  let received = 0;
  const state = h('span.where', { role: 'status' });
  const output = h('pre.text', {});
  const scroller = h(
    'div.value.follow',
    { tabindex: '0', role: 'log', 'aria-live': 'off', 'aria-label': 'What is written' },
    output,
  );
  const toggle = button('Pause', () => (stop ? pause() : start('new')));
  const problem = h('div', {});
  const element = h(
    'div',
    {},
    h(
      'div.toolbar',
      {},
      toggle,
      button('Clear', () => {
        fill(output);
        kept = 0;
      }),
      state,
    ),
    problem,
    scroller,
  );

  function append(node, bytes) {
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    node.size = bytes;
    output.append(node);
    kept += bytes;
    while (kept > kMostKept && output.childNodes.length > 1) {
      kept -= output.firstChild.size;
      output.firstChild.remove();
    }
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  }

  const remark = (text) =>
    append(h('span.remark', {}, `\u2014 ${text}, ${time(Date.now())} \u2014\n`), 0);

  function onEvent({ type, data }) {
    if (type === 'bytes') {
      const bytes = fromJson(data.value);
      if (bytes === '') return;
      received += bytes.length;
      append(h('span', {}, ...shownLines(bytes)), bytes.length);
      say();
    } else if (type === 'anew') {
      remark('set anew');
    } else if (type === 'removed') {
      remark('removed');
    } else if (type === 'error') {
      fill(problem, problemBox({ code: data.code, message: data.detail, hint: data.hint }));
      pause();
    }
  }

  function say(word = 'Following') {
    state.textContent = stop
      ? `${word}: ${number(received)} bytes`
      : `Paused at ${number(received)} bytes`;
  }

  function onState(word, error) {
    if (word === 'failed') {
      fill(problem, problemBox(error));
      pause();
    } else {
      say(word === 'open' ? 'Following' : 'Connecting again');
    }
  }

  function start(from) {
    const path = pathOf(key);
    if (path === null) {
      fill(problem, note('A browser cannot ask for a key of this name. In the shell: FOLLOW.'));
      return;
    }
    fill(problem);
    stop = new AbortController();
    toggle.textContent = 'Pause';
    say();
    events(`${path}?follow=${from}`, { signal: stop.signal, onEvent, onState });
  }

  function pause() {
    stop?.abort();
    stop = null;
    toggle.textContent = 'Follow on';
    say();
  }

  start(`-${kTail}`);
  return {
    element,
    close() {
      stop?.abort();
    },
  };
}
