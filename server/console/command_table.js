// The server's command table, and what may come next on a line.
import { commandTable } from './api.js';

let table = null;

// Asked for once; a failure is asked for again the next time.
export function commands() {
  table ??= commandTable().catch((error) => {
    table = null;
    throw error;
  });
  return table;
}

export const usage = (command) => [command.name, command.arguments].filter(Boolean).join(' ');

const startsWith = (word, typed) => word.toUpperCase().startsWith(typed.toUpperCase());

// Option words of a row's arguments: "key [AT seq|time]" has AT.
const optionsOf = (row) => [...new Set((row.arguments ?? '').match(/[A-Z][A-Z-]{1,}/g) ?? [])];

// What the last word of `line` may be completed to: [{ word, what }], and the command that is being
// typed.
export function suggestions(all, line) {
  const words = line.trimStart().split(/[ \t]+/);
  const typed = words.at(-1);
  if (words.length === 1) {
    const found = typed === '' ? [] : all.filter((row) => startsWith(row.name, typed));
    return { row: null, typed, found: found.map((row) => ({ word: row.name, what: row.summary })) };
  }
  const row = all.find(({ name }) => name === words[0].toUpperCase()) ?? null;
  if (row === null) return { row, typed, found: [] };
  if (row.name === 'HELP' && words.length === 2)
    return {
      row,
      typed,
      found: all
        .filter(({ name }) => startsWith(name, typed))
        .map(({ name, summary }) => ({ word: name, what: summary })),
    };
  const subs = row.subcommands ?? [];
  if (words.length === 2 && subs.length > 0) {
    return {
      row,
      typed,
      found: subs
        .filter(({ name }) => startsWith(name, typed))
        .map(({ name, summary }) => ({ word: name, what: summary })),
    };
  }
  const deepest = subs.find(({ name }) => name === words[1].toUpperCase()) ?? row;
  const used = new Set(words.slice(1, -1).map((word) => word.toUpperCase()));
  const found =
    typed === ''
      ? []
      : optionsOf(deepest).filter((word) => startsWith(word, typed) && !used.has(word));
  return {
    row: deepest === row ? row : { ...deepest, name: `${row.name} ${deepest.name}` },
    typed,
    found: found.map((word) => ({ word, what: '' })),
  };
}
