// Bytes between the server, an address and a person.
//
// A key or a value is a "byte string" here: a string each of whose characters is one byte (U+0000
// to U+00FF). So it can be compared, cut, and be the key of a Map, whatever bytes it has. It
// becomes text only where it is shown (show.js), and never before it was decoded.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function fromArray(array) {
  let bytes = '';
  for (let at = 0; at < array.length; at += 8192) {
    bytes += String.fromCharCode(...array.subarray(at, at + 8192));
  }
  return bytes;
}

const toArray = (bytes) => Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));

export const fromText = (text) => fromArray(encoder.encode(text));

// null: the bytes are not UTF-8.
export function toText(bytes) {
  try {
    return strict.decode(toArray(bytes));
  } catch {
    return null;
  }
}

// What the server's JSON has for bytes: a string, or {"base64": "..."} if they are not UTF-8.
export function fromJson(value) {
  if (value !== null && typeof value === 'object' && 'base64' in value) return atob(value.base64);
  return fromText(String(value));
}

export function toJson(bytes) {
  return toText(bytes) ?? { base64: btoa(bytes) };
}

// For a path or a query: everything but letters, digits and - . _ ~ is escaped.
export function percent(bytes) {
  return bytes.replace(/[^A-Za-z0-9\-._~]/g, (byte) => `%${hex(byte.charCodeAt(0)).toUpperCase()}`);
}

export function unpercent(text) {
  const bytes = fromText(text);
  return bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, digits) =>
    String.fromCharCode(parseInt(digits, 16)),
  );
}

export const hex = (byte) => byte.toString(16).padStart(2, '0');

// The length in bytes of the UTF-8 character at `at`; 0: there is none.
export function characterLength(bytes, at) {
  const lead = bytes.charCodeAt(at);
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > bytes.length) return 0;
  return toText(bytes.slice(at, at + length)) === null ? 0 : length;
}

// How many bytes at the beginning (`fromEnd`: at the end) belong to a character that was cut.
export function cutBytes(bytes, fromEnd) {
  if (!fromEnd) {
    let count = 0;
    while (count < 3 && count < bytes.length && isContinuation(bytes, count)) ++count;
    return count;
  }
  for (let count = 1; count <= 3 && count <= bytes.length; ++count) {
    const at = bytes.length - count;
    if (isContinuation(bytes, at)) continue;
    const lead = bytes.charCodeAt(at);
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
    return length > count ? count : 0;
  }
  return 0;
}

const isContinuation = (bytes, at) => (bytes.charCodeAt(at) & 0xc0) === 0x80;
