// The grammar of a command line: words between blanks, of which some are quoted. As in the shell
// (docs/COMMANDS.md, "How a line is read"), except that a value cannot follow on later lines.
import { fromText } from './bytes.js';

export class LineError extends Error {}

const kEscapes = { n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"' };
const isBlank = (character) => character === ' ' || character === '\t';

// What stands in double quotes from `at` on: [byte string, where it ends].
function readQuoted(line, at) {
  let bytes = '';
  for (let i = at + 1; i < line.length;) {
    const character = String.fromCodePoint(line.codePointAt(i));
    if (character === '"') return [bytes, i + 1];
    if (character !== '\\') {
      bytes += fromText(character);
      i += character.length;
      continue;
    }
    const code = /^\\x([0-9A-Fa-f]{2})/.exec(line.slice(i, i + 4));
    if (code) {
      bytes += String.fromCharCode(parseInt(code[1], 16));
      i += 4;
    } else if (line[i + 1] in kEscapes) {
      bytes += kEscapes[line[i + 1]];
      i += 2;
    } else {
      throw new LineError(
        `Unknown escape in column ${i + 1}; there are \\n \\r \\t \\\\ \\" and \\xHH`,
      );
    }
  }
  throw new LineError(`The quote of column ${at + 1} is not closed`);
}

function readVerbatim(line, at) {
  const end = line.indexOf("'", at + 1);
  if (end < 0) throw new LineError(`The quote of column ${at + 1} is not closed`);
  return [fromText(line.slice(at + 1, end)), end + 1];
}

// The words of a line as byte strings. Throws LineError.
export function wordsOf(line) {
  const words = [];
  for (let at = 0; at < line.length;) {
    if (isBlank(line[at])) {
      ++at;
      continue;
    }
    if (line[at] === '"' || line[at] === "'") {
      const [word, end] = line[at] === '"' ? readQuoted(line, at) : readVerbatim(line, at);
      if (end < line.length && !isBlank(line[end])) {
        throw new LineError(`A blank is missing after the quote in column ${end}`);
      }
      words.push(word);
      at = end;
      continue;
    }
    let end = at;
    while (end < line.length && !isBlank(line[end])) ++end;
    words.push(fromText(line.slice(at, end)));
    at = end;
  }
  return words;
}

// A word as one would type it.
export function quoted(bytes) {
  if (/^[!#-&(-\[\]-~][!-\[\]-~]*$/.test(bytes)) return bytes;
  const escaped = bytes.replace(/[^ !#-\[\]-~]/g, (byte) => {
    const named = Object.entries(kEscapes).find(([, value]) => value === byte);
    return named ? `\\${named[0]}` : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}

// What is typed into a field for a key or a prefix: itself, unless it begins with a quote.
export function bytesOfField(text) {
  if (!text.startsWith('"')) return fromText(text);
  const [bytes, end] = readQuoted(text, 0);
  if (end < text.length) throw new LineError(`There is more after the quote in column ${end}`);
  return bytes;
}

// The way back: a byte string as it stands in such a field.
export function fieldOfBytes(bytes) {
  const needsQuotes = bytes.startsWith('"') || /[^ -~]/.test(bytes);
  return needsQuotes ? quoted(bytes) : bytes;
}
