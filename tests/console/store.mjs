// What is in the store of the tests, much of it meant to do harm.
import { command } from './support.mjs';

// [key, how it is shown, value, how that is shown]
export const kHostile = [
  [
    '<img src=x onerror=alert(1)>',
    '<img src=x onerror=alert(1)>',
    '<script>alert(2)</script><b>bold</b>',
    '<script>alert(2)</script><b>bold</b>',
  ],
  [
    '"><svg onload=alert(3)>',
    '"><svg onload=alert(3)>',
    'javascript:alert(4)',
    'javascript:alert(4)',
  ],
  [
    'evil\u202egnp.exe',
    'evil\\u{202e}gnp.exe',
    'a\u202eb\u200bc\u2066d',
    'a\\u{202e}b\\u{200b}c\\u{2066}d',
  ],
  [
    'bell\x07\x1b[31m\r\n',
    'bell\\x07\\x1b[31m\\r\\n',
    'nul\x00del\x7f\x85',
    'nul\\x00del\\x7f\\u{85}',
  ],
  [
    Buffer.from([0x62, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80]),
    'b\\xff\\xc0\\xaf\\xed\\xa0\\x80',
    'x',
    'x',
  ],
  ['', '(empty)', 'of the empty key', 'of the empty key'],
  ['.', '.', 'dot', 'dot'],
  ['..', '..', 'dots', 'dots'],
  ['a/../b', 'a/../b', 'slashes', 'slashes'],
  ['_/command', '_/command', 'reserved', 'reserved'],
  ['metrics', 'metrics', 'reserved, too', 'reserved, too'],
  ['q?x=1#f%41+ &', 'q?x=1#f%41+ &', 'of an address', 'of an address'],
  [
    '\u05e9\u05dc\u05d5\u05dd',
    '\u05e9\u05dc\u05d5\u05dd',
    '\u05e2\u05d1\u05e8\u05d9\u05ea',
    '\u05e2\u05d1\u05e8\u05d9\u05ea',
  ],
  ['k'.repeat(3000), `${'k'.repeat(1024)}\u2026`, 'long', 'long'],
  ['emoji \ud83d\ude00', 'emoji \ud83d\ude00', '\ud83d\ude00', '\ud83d\ude00'],
];

export async function fillStore(url) {
  for (const [key, , value] of kHostile) await command(url, 'SET', key, value);
  for (let i = 0; i < 3000; i += 500) {
    const words = [];
    for (let j = i; j < i + 500; ++j)
      words.push(`many:${String(j).padStart(5, '0')}`, `value ${j}`);
    await command(url, 'MSET', ...words);
  }
  for (const version of [1, 2, 3]) {
    await command(
      url,
      'SET',
      'doc',
      `{"version":${version},"big":12345678901234567890,"list":[1,2,{"deep":null}],"text":"<i>"}`,
    );
  }
  await command(url, 'SET', 'long', 'x'.repeat(65535) + '\u00e9' + 'y'.repeat(70000));
  await command(
    url,
    'SET',
    'binary',
    Buffer.from([...Array(6000).keys()].map((i) => (i * 7) % 256)),
  );
  const members = [...Array(250).keys()].flatMap((i) => [String(i), `member ${i}`]);
  await command(url, 'ZADD', 'scores', ...members);
  await command(url, 'ZADD', 'scores', '1000.5', '<b>top</b>');
  await command(url, 'APPEND', 'log', 'first line\n');
  await command(url, 'SET', 'restored', 'before');
  await command(url, 'SET', 'restored', 'after');
}
