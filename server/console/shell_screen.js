// A command line: the server's commands, completed from its table, each with the user's rights.
import { command } from './api.js';
import { fromJson } from './bytes.js';
import { commands, suggestions, usage } from './command_table.js';
import { fill, h, problemBox, uniqueId } from './dom.js';
import { shown, shownLines } from './show.js';
import { LineError, quoted, wordsOf } from './words.js';

const kMostEntries = 200;
const kMostItems = 1000; // of an array
const kMostBytes = 64 * 1024; // of a value

// What was typed, newest last, for as long as the page is open: it may have secrets, so it is
// nowhere else.
const typedLines = [];
const transcript = []; // the nodes of what was answered

// Where the console does what the shell has a command of a connection for.
const kElsewhere = {
  FOLLOW: "a key's tab Follow, or the screen Live",
  MONITOR: 'the screen Live shows what changes',
  BEGIN: 'kvstore connect, for a transaction',
  MULTI: 'kvstore connect, for a transaction',
  SUBSCRIBE: 'kvstore connect, for messages',
  PSUBSCRIBE: 'kvstore connect, for messages',
};

// A reply as the shell's prompt shows it, as lines of nodes.
function replyNodes(reply, indent = '') {
  if (reply === null) return [h('span.dim', {}, '(nil)')];
  if (typeof reply === 'number' || typeof reply === 'bigint') {
    return [h('span.json-number', {}, String(reply))];
  }
  if (typeof reply === 'boolean') return [String(reply)];
  if (Array.isArray(reply)) {
    if (reply.length === 0) return [h('span.dim', {}, '(empty)')];
    const width = String(Math.min(reply.length, kMostItems)).length;
    const lines = reply.slice(0, kMostItems).flatMap((item, at) => {
      const mark = `${String(at + 1).padStart(width)}) `;
      return [
        at === 0 ? '' : `\n${indent}`,
        h('span.dim', {}, mark),
        replyNodes(item, indent + ' '.repeat(mark.length)),
      ];
    });
    if (reply.length > kMostItems)
      lines.push(`\n${indent}`, h('span.dim', {}, `and ${reply.length - kMostItems} more`));
    return lines.flat(Infinity);
  }
  if (typeof reply === 'object' && !('base64' in reply)) {
    return replyNodes(
      Object.entries(reply).flatMap(([name, value]) => [name, value]),
      indent,
    );
  }
  return valueNodes(fromJson(reply), indent);
}

function valueNodes(bytes, indent) {
  const cut = bytes.slice(0, kMostBytes);
  const isDocument = indent === '' && /^[^\x00-\x08\x0b-\x1f]*\n[^\x00-\x08\x0b-\x1f]*$/.test(cut);
  const more =
    bytes.length > cut.length ? [h('span.dim', {}, ` \u2026 ${bytes.length} bytes in all`)] : [];
  if (isDocument) return [...shownLines(cut.replace(/\n$/, '')), ...more];
  return [bytes === '' ? '""' : shown(cut, kMostBytes), ...more];
}

export function shellScreen() {
  let table = [];
  let place = typedLines.length; // in the history
  let draft = '';
  let offers = [];
  let chosen = -1;
  const id = uniqueId('shell');
  const output = h(
    'div.output',
    { role: 'log', 'aria-label': 'Replies', tabindex: '0' },
    transcript,
  );
  const input = h('input', {
    id,
    type: 'text',
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': `${id}-list`,
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    enterkeyhint: 'send',
    oninput: () => suggest(),
    onkeydown: onKey,
    onblur: () => hide(),
  });
  const popup = h('ul.offers', {
    id: `${id}-list`,
    role: 'listbox',
    'aria-label': 'Suggestions',
    hidden: true,
  });
  const hint = h('p.usage', {});
  const form = h(
    'form.prompt',
    {
      onsubmit: (event) => {
        event.preventDefault();
        run();
      },
    },
    h(
      'label',
      { for: id },
      h('span.hidden', {}, 'Command'),
      h('span', { 'aria-hidden': 'true' }, '>'),
    ),
    input,
    h('button.primary', {}, 'Run'),
    popup,
  );

  // --- Completion

  function suggest() {
    const { row, found } = suggestions(table, input.value);
    hint.textContent = row ? `${usage(row)} \u2014 ${row.summary ?? ''}` : '';
    offers = found.slice(0, 60);
    chosen = -1;
    fill(
      popup,
      offers.map(({ word, what }, at) =>
        h(
          'li',
          {
            role: 'option',
            id: `${id}-${at}`,
            'aria-selected': 'false',
            onmousedown: (event) => {
              event.preventDefault();
              take(at);
            },
          },
          h('strong', {}, word),
          ' ',
          h('span.dim', {}, what),
        ),
      ),
    );
    showPopup(offers.length > 0);
  }

  function showPopup(shows) {
    popup.hidden = !shows;
    input.setAttribute('aria-expanded', String(shows));
    if (!shows) input.removeAttribute('aria-activedescendant');
  }

  function hide() {
    offers = [];
    showPopup(false);
  }

  function choose(at) {
    chosen = (at + offers.length) % offers.length;
    [...popup.children].forEach((child, i) =>
      child.setAttribute('aria-selected', String(i === chosen)),
    );
    input.setAttribute('aria-activedescendant', `${id}-${chosen}`);
    popup.children[chosen].scrollIntoView({ block: 'nearest' });
  }

  function take(at) {
    input.value = `${input.value.replace(/\S*$/, '')}${offers[at].word} `;
    suggest();
    hide();
    input.focus();
  }

  function onKey(event) {
    const open = !popup.hidden && offers.length > 0;
    if (event.key === 'ArrowDown' && open) choose(chosen + 1);
    else if (event.key === 'ArrowUp' && open && chosen >= 0) choose(chosen - 1);
    else if (event.key === 'Tab' && !event.shiftKey && open) take(Math.max(0, chosen));
    else if (event.key === 'Enter' && open && chosen >= 0) take(chosen);
    else if (event.key === 'Escape' && open) hide();
    else if (event.key === 'ArrowUp') recall(place - 1);
    else if (event.key === 'ArrowDown') recall(place + 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- History

  function recall(at) {
    if (at < 0 || at > typedLines.length) return;
    if (place === typedLines.length) draft = input.value;
    place = at;
    input.value = place === typedLines.length ? draft : typedLines[place];
    hide();
    input.setSelectionRange(input.value.length, input.value.length);
  }

  function remember(line) {
    if (typedLines.at(-1) !== line) typedLines.push(line);
    place = typedLines.length;
    draft = '';
  }

  // --- Execution

  function write(node) {
    transcript.push(node);
    output.append(node);
    while (transcript.length > kMostEntries) transcript.shift().remove();
    output.scrollTop = output.scrollHeight;
  }

  async function run() {
    const line = input.value.trim();
    if (line === '') return;
    hide();
    remember(line);
    input.value = '';
    hint.textContent = '';
    const answer = h('pre', {}, '\u2026');
    write(h('div.entry', {}, h('p.typed', {}, shown(wordsAsTyped(line), 4096)), answer));
    const verb = line.split(/\s/, 1)[0].toUpperCase();
    try {
      const words = wordsOf(line);
      fill(answer, replyNodes(await command(words)));
    } catch (error) {
      if (!(error instanceof LineError) && error.code === undefined) throw error;
      const hint = error.code === 'STATE' ? kElsewhere[verb] : undefined;
      answer.replaceWith(problemBox(hint ? { ...error, message: error.message, hint } : error));
    }
    output.scrollTop = output.scrollHeight;
  }

  return {
    title: 'Shell',
    mount(main) {
      main.append(h('h1', {}, 'Shell'), output, hint, form);
      if (transcript.length === 0) {
        write(
          h(
            'p.dim',
            {},
            'Commands as in the shell of kvstore, such as SET greeting "hello", each by itself: ' +
              'without BEGIN, MULTI or FOLLOW. HELP lists them; Tab completes; \u2191 recalls.',
          ),
        );
      }
      output.scrollTop = output.scrollHeight;
      commands().then(
        (all) => {
          table = all;
        },
        () => {},
      );
      input.focus();
    },
    search() {
      input.focus();
    },
  };
}

// The words of a line as they are understood; the line itself if it cannot be read.
function wordsAsTyped(line) {
  try {
    return wordsOf(line).map(quoted).join(' ');
  } catch {
    return line;
  }
}
