// Bytes as hexadecimal numbers and, beside them, as the ASCII characters that they are.
import { hex } from './bytes.js';

const printable = (byte) => (byte >= ' ' && byte <= '~' ? byte : '\u00b7');

// Lines of `width` bytes, the first of which is at `offset` of the value.
export function hexLines(bytes, offset = 0, width = 16) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += width) {
    const part = bytes.slice(at, at + width);
    const codes = [...part].map((byte) => hex(byte.charCodeAt(0)));
    const left = codes.slice(0, width / 2).join(' ');
    const right = codes.slice(width / 2).join(' ');
    const numbers = `${left}  ${right}`.padEnd(3 * width);
    const characters = [...part].map(printable).join('');
    lines.push(`${(offset + at).toString(16).padStart(8, '0')}  ${numbers}  ${characters}`);
  }
  return lines;
}
