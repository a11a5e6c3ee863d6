// Bytes as they may be looked at. What would act on the page's text instead of standing in it
// (control characters, overrides of the direction, characters without a width, bytes that are
// not UTF-8) is shown as an escape, in a colour of its own, so that it cannot be mistaken for
// the same characters typed. What is shown is isolated: it does not reorder what is around it.
import { characterLength, hex, toText } from './bytes.js';
import { h } from './dom.js';

const kUnsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\p{Co}\u115f\u1160\u3164\uffa0]/gu;
const kNamed = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character) {
  const code = character.codePointAt(0);
  return kNamed[character] ?? (code < 0x80 ? `\\x${hex(code)}` : `\\u{${code.toString(16)}}`);
}

// [{ text, escaped }, ...]
function pieces(text, allowed) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(kUnsafe)) {
    if (allowed.includes(match[0])) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: escapeOf(match[0]), escaped: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

function* piecesOfBytes(bytes, allowed) {
  const whole = toText(bytes);
  if (whole !== null) {
    yield* pieces(whole, allowed);
    return;
  }
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > from) yield* pieces(toText(bytes.slice(from, at)), allowed);
    yield { text: `\\x${hex(bytes.charCodeAt(at))}`, escaped: true };
    from = ++at;
  }
  if (from < bytes.length) yield* pieces(toText(bytes.slice(from)), allowed);
}

function nodes(all) {
  const made = [];
  let escapes = '';
  const flush = () => {
    if (escapes) made.push(h('span.escape', {}, escapes));
    escapes = '';
  };
  for (const piece of all) {
    if (piece.escaped) {
      escapes += piece.text;
    } else {
      flush();
      made.push(piece.text);
    }
  }
  flush();
  return made;
}

// A key or another short piece on one line; no more than `limit` bytes of it.
export function shown(bytes, limit = 256) {
  if (bytes === '') return h('span.bytes.empty', {}, '(empty)');
  const cut = bytes.length > limit;
  const made = nodes(piecesOfBytes(cut ? bytes.slice(0, limit) : bytes, ''));
  return h('span.bytes', {}, ...made, cut ? h('span.escape', {}, '\u2026') : null);
}

// A longer text, whose lines and tabs are its own.
export function shownLines(bytes) {
  return nodes(piecesOfBytes(bytes, '\n\t'));
}

export function shownLine(bytes) {
  return nodes(piecesOfBytes(bytes, '\t'));
}

// Text that was decoded already.
export const shownText = (text, allowed = '') => nodes(pieces(text, allowed));

// As one would have to type it: for titles and messages, where there is only text.
export function described(bytes, limit = 64) {
  if (bytes === '') return '(empty)';
  const all = [...piecesOfBytes(bytes.slice(0, limit), '')].map((piece) => piece.text).join('');
  return bytes.length > limit ? `${all}\u2026` : all;
}
