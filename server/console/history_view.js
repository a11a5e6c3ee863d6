// A key's versions: what is different between two of them, and making the key what it was.
import { command } from './api.js';
import { fromJson, fromText, toText } from './bytes.js';
import { announce, ask, button, dataTable, fill, h, note, problemBox, uniqueId } from './dom.js';
import { diffLines, withContext } from './diff.js';
import { distance, number, size, time } from './format.js';
import { hexLines } from './hex_view.js';
import { parseJson, prettyJson } from './json_view.js';
import { described, shown, shownLine } from './show.js';

const kStep = 100;
const kMostCompared = 512 * 1024;

// Newest first: { seq, time, kind, size, expires }, the times as ISO 8601.
export async function versionsOf(key, limit) {
  const rows = await command(['HISTORY', key, 'LIMIT', String(limit)]);
  return rows.map(([seq, when, kind, bytes, expires]) => ({
    seq,
    time: when,
    kind,
    size: bytes,
    expires,
  }));
}

// A version's value; null if the key was missing then. Of a long one only the beginning.
async function valueAt(key, seq) {
  const result = await command(['READ', key, '0', String(kMostCompared), 'AT', String(seq)]);
  return result === null ? null : fromJson(result);
}

async function setAt(key, seq) {
  const pairs = (await command(['ZRANGE', key, '0', '9999', 'WITHSCORES', 'AT', String(seq)])).map(
    fromJson,
  );
  const lines = [];
  for (let i = 0; i < pairs.length; i += 2) lines.push(`${pairs[i]}\t${pairs[i + 1]}`);
  return lines;
}

// Lines as byte strings: of JSON one a value, of other text its own, of anything else hexadecimal.
function linesOf(bytes) {
  if (bytes === null) return [];
  const text = toText(bytes);
  if (text === null) return hexLines(bytes);
  const tree = /^\s*[[{]/.test(text) ? parseJson(text) : null;
  if (tree === null) return bytes.split('\n');
  return fromText(prettyJson(tree)).split('\n');
}

const canRestore = (version) =>
  version.kind !== 'cut' && version.kind !== 'hole' && version.kind !== 'gap';

export function historyView(key, type, changed) {
  let limit = kStep;
  let versions = [];
  let newer = null; // the two that are compared, as places in `versions`
  let older = null;
  let isClosed = false;
  const group = uniqueId('versions');
  const table = h('div.value', { tabindex: '0', role: 'region', 'aria-label': 'Versions' });
  const diff = h('section.diff', { 'aria-label': 'Difference' });
  const element = h('div.history', {}, table, diff);

  async function load() {
    try {
      versions = await versionsOf(key, limit);
      if (isClosed) return;
      newer ??= 0;
      older ??= Math.min(1, versions.length - 1);
      fill(
        table,
        versions.length === 0
          ? note('The key has never been written, or its history was given up.')
          : rows(),
      );
      if (versions.length > 0) compare();
    } catch (error) {
      if (!isClosed) fill(table, problemBox(error));
    }
  }

  const expire = () => versions.some(({ expires }) => expires !== null);

  function rows() {
    const names = ['From', 'To', '#Version', '(Action)', 'Written', 'What', '#Size'];
    if (expire()) names.push('Expires');
    return [
      dataTable(names, versions.map(row)),
      versions.length < limit
        ? null
        : button('Show older versions', () => {
            limit += kStep * 4;
            load();
          }),
    ];
  }

  function row(version, at) {
    const radio = (name, chosen, choose) =>
      h(
        'td',
        {},
        canRestore(version)
          ? h('input', {
              type: 'radio',
              name: `${group}-${name}`,
              checked: at === chosen,
              'aria-label': `Compare ${name} version ${version.seq}`,
              onchange: () => {
                choose();
                compare();
              },
            })
          : null,
      );
    return h(
      'tr',
      {},
      radio('from', older, () => {
        older = at;
      }),
      radio('to', newer, () => {
        newer = at;
      }),
      h('td.number', {}, String(version.seq)),
      h(
        'td',
        {},
        canRestore(version) && at > 0
          ? button('Restore', () => restore(version), {
              kind: 'small',
              'aria-label': `Restore version ${version.seq}`,
            })
          : at === 0 && versions.length > 1
            ? h('span.dim', {}, 'current')
            : null,
      ),
      h('td.time', { title: distance(version.time) }, time(version.time)),
      h('td', {}, version.kind === 'cut' ? 'older history was given up' : version.kind),
      h(
        'td.number',
        { title: `${number(version.size)} bytes` },
        version.kind === 'cut' ? '' : size(version.size),
      ),
      expire() ? h('td.time', {}, version.expires === null ? '' : time(version.expires)) : null,
    );
  }

  async function restore(version) {
    const what =
      version.kind === 'delete'
        ? 'The key is removed, as it was then.'
        : `Its value becomes the ${size(version.size)} of ${time(version.time)}.`;
    const sure = await ask(
      `Restore version ${version.seq}?`,
      [
        h('p', {}, shown(key, 128)),
        h(
          'p',
          {},
          `${what} This writes a new version; the present one stays in the history, so that this can be taken back.`,
        ),
      ],
      'Restore',
    );
    if (!sure || isClosed) return;
    try {
      const result = await command(['UNDO', key, 'TO', String(version.seq)]);
      announce(
        result === null ? 'The key is in that state already' : `${described(key)} was restored`,
      );
      changed();
    } catch (error) {
      fill(diff, problemBox(error));
      diff.scrollIntoView({ block: 'nearest' });
    }
  }

  async function compare() {
    const [from, to] = [versions[older], versions[newer]];
    const heading = h(
      'h3',
      {},
      from.seq === to.seq ? `Version ${to.seq}` : `From version ${from.seq} to ${to.seq}`,
    );
    try {
      const read =
        type === 'zset'
          ? (seq) => setAt(key, seq)
          : async (seq) => linesOf(await valueAt(key, seq));
      const [a, b] = await Promise.all([from.seq === to.seq ? [] : read(from.seq), read(to.seq)]);
      if (isClosed || versions[older] !== from || versions[newer] !== to) return;
      const cut = type !== 'zset' && Math.max(from.size, to.size) > kMostCompared;
      fill(
        diff,
        heading,
        cut ? note(`Only the first ${size(kMostCompared)} are compared.`) : null,
        lines(a, b),
      );
    } catch (error) {
      if (!isClosed) fill(diff, heading, problemBox(error));
    }
  }

  function lines(a, b) {
    const all = withContext(diffLines(a, b));
    if (all.every(({ kind }) => kind === '@')) return note('Nothing is different.');
    return h(
      'pre.lines',
      { tabindex: '0', role: 'region', 'aria-label': 'Lines that differ' },
      all.map((one) => {
        if (one.kind === '@')
          return h('span.line.same', {}, `  \u22ef ${number(one.count)} lines the same\n`);
        const name = { '+': 'added', '-': 'removed', ' ': 'context' }[one.kind];
        return h(`span.line.${name}`, {}, `${one.kind} `, ...shownLine(one.line), '\n');
      }),
    );
  }

  load();
  return {
    element,
    close() {
      isClosed = true;
    },
  };
}
