// What holds of the whole page: the keyboard, colours, sizes, its policy, and its parts.
import assert from 'node:assert/strict';
import { at, barriers, eventually, expectNoFaults, go, open, textOf } from './support.mjs';

export const pageTests = (browser, url) => [
  [
    'everything can be done by keyboard',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/keys', '.row');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
      await page.keyboard.press('/');
      await page.keyboard.type('doc');
      await eventually('the key', async () => (await textOf(page, '.row')) === 'doc');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.json');
      assert.equal(await page.evaluate(() => document.activeElement.className), 'detail');
      // To the tab History and into it, by Tab alone; what has the focus shows it.
      for (let i = 0; i < 20; ++i) {
        await page.keyboard.press('Tab');
        const [text, outline] = await page.evaluate(() => {
          const element = document.activeElement;
          const shows = element.matches('.segmented input') ? element.nextSibling : element;
          return [element.textContent, getComputedStyle(shows).outlineStyle];
        });
        assert.notEqual(outline, 'none', text);
        if (text === 'History') break;
      }
      await page.keyboard.press('Enter');
      await page.waitForSelector('.diff pre');
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'History');
      for (const [letter, title] of [
        ['m', 'Map of the file'],
        ['t', 'Metrics'],
        ['s', 'Slow commands'],
        ['l', 'Live changes'],
        ['h', 'Commands'],
        ['c', 'Shell'],
      ]) {
        await page.keyboard.press('g');
        await page.keyboard.press(letter);
        await eventually(title, async () => (await page.locator('h1').textContent()) === title);
      }
      assert.equal(await page.evaluate(() => document.activeElement.localName), 'input');
      await page.keyboard.type('?g'); // typed, not obeyed
      assert.equal(await page.locator('.prompt input').inputValue(), '?g');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await page.waitForSelector('dialog[open]');
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Space'); // letters are no shortcuts any more
      await page.keyboard.press('Escape');
      await page.keyboard.press('g');
      await page.keyboard.press('k');
      assert.equal(await page.locator('h1').textContent(), 'Shell');
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'each screen is without barriers, light and dark, and fits 360 pixels',
    async () => {
      const addresses = [
        ['#/keys', '.row'],
        ['#/live', '.note'],
        ['#/map', '.regions'],
        ['#/metrics', '.fields'],
        ['#/slow', '.value .note'],
        ['#/shell', '.prompt'],
        ['#/help', '.commands summary'],
        [at('doc'), '.json'],
        [at('binary'), '.hex'],
        [at('scores'), 'td'],
        [at('doc', 'history'), '.diff pre'],
        [at('log', 'follow'), '.follow'],
      ];
      for (const [colorScheme, width] of [
        ['light', 1200],
        ['dark', 360],
      ]) {
        const page = await browser.page(url, { colorScheme, viewport: { width, height: 700 } });
        await open(page, '#/keys', '.row');
        for (const [address, ready] of addresses) {
          await go(page, address, ready);
          assert.deepEqual(await barriers(page), [], `${address}, ${colorScheme}, ${width}`);
          assert(
            await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
            `${address} is too wide`,
          );
        }
        await page.keyboard.press('?');
        await page.waitForSelector('dialog[open]');
        assert.deepEqual(await barriers(page), [], `the keys, ${colorScheme}`);
        expectNoFaults(page);
        await page.context().close();
      }
    },
  ],

  [
    'the colours follow the system, or the switch',
    async () => {
      const page = await browser.page(url, { colorScheme: 'dark' });
      await open(page, '#/help', 'h1');
      const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const dark = await colour();
      await page.click('#theme');
      const light = await colour();
      assert.notEqual(light, dark);
      await open(page, '#/help', 'h1');
      assert.equal(await colour(), light); // it is remembered
      await page.click('#theme');
      assert.equal(await colour(), dark);
      await page.context().close();
      const still = await browser.page(url, { reducedMotion: 'reduce' });
      await open(still, '#/help', 'h1');
      assert.equal(
        await still.evaluate(
          () => getComputedStyle(document.querySelector('button')).transitionDuration,
        ),
        '0s',
      );
      await still.context().close();
    },
  ],

  [
    'the policy refuses inline scripts and markup of strings',
    async () => {
      const answer = await fetch(`${url}/_/`);
      const policy = answer.headers.get('content-security-policy');
      assert(policy.startsWith("default-src 'none'") && !policy.includes('unsafe'), policy);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      const page = await browser.page(url);
      await open(page, '#/help', 'h1');
      expectNoFaults(page);
      const refused = await page.evaluate(() => {
        const results = [];
        try {
          document.body['inner' + 'HTML'] = '<b>';
          results.push('markup');
        } catch {
          /* as it should be */
        }
        const handler = document.createElement('button');
        try {
          handler.setAttribute('onclick', 'globalThis.ran = true');
          handler.click();
        } catch {
          /* the same */
        }
        const script = document.createElement('script');
        try {
          script.textContent = 'globalThis.ran = true';
          document.body.append(script);
        } catch {
          /* the same */
        }
        if (globalThis.ran) results.push('inline script');
        return results;
      });
      assert.deepEqual(refused, []);
      await page.context().close();
    },
  ],

  [
    'the parts that are pure do what they say',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/help', 'h1');
      const results = await page.evaluate(async () => {
        const load = (name) => import(`/_/console/${name}.js`);
        const [bytes, words, diff, json, show] = await Promise.all(
          ['bytes', 'words', 'diff', 'json_view', 'show'].map(load),
        );
        const all = String.fromCharCode(...Array(256).keys());
        const fails = (line) => {
          try {
            words.wordsOf(line);
            return false;
          } catch (error) {
            return error instanceof words.LineError;
          }
        };
        const script = (a, b) =>
          diff
            .diffLines([...a], [...b])
            .map(({ kind, line }) => kind + line)
            .join('');
        const random = () => [...Array(30)].map(() => 'abc'[Math.floor(3 * Math.random())]);
        const isScript = () => {
          const [a, b] = [random(), random()];
          const lines = diff.diffLines(a, b);
          const side = (kind) =>
            lines
              .filter((one) => one.kind !== kind)
              .map(({ line }) => line)
              .join('');
          return side('+') === a.join('') && side('-') === b.join('');
        };
        return {
          percent: bytes.unpercent(bytes.percent(all)) === all,
          json: bytes.fromJson(bytes.toJson(all)) === all,
          quoted: words.wordsOf(words.quoted(all))[0] === all,
          field:
            words.bytesOfField(words.fieldOfBytes(all)) === all &&
            words.bytesOfField('a"b') === 'a"b',
          words: JSON.stringify(words.wordsOf('SET k "a \\"b\\" \\x00" \'c d\' {"e":1}')),
          errors: ['"a', "'a", '"a"b', '"\\q"'].every(fails),
          script: script('abcabba', 'cbabac'),
          scripts: [...Array(200)].every(isScript),
          same: JSON.stringify(
            diff
              .withContext(
                diff.diffLines(['a', 'b', 'c', 'd', 'e', 'f'], ['a', 'b', 'c', 'd', 'e', 'x']),
              )
              .map(({ kind, count }) => kind + (count ?? '')),
          ),
          tree: json.prettyJson(json.parseJson('{"a":1.10,"a":[],"b":[1e400,"\\u0041"]}')),
          noTree:
            json.parseJson('{"a":}') === null &&
            json.parseJson('['.repeat(2000) + ']'.repeat(2000)) === null,
          described: show.described('a\x00\xff\xe2\x80\xae'),
        };
      });
      assert.deepEqual(results, {
        percent: true,
        json: true,
        quoted: true,
        field: true,
        words: JSON.stringify(['SET', 'k', 'a "b" \u0000', 'c d', '{"e":1}']),
        errors: true,
        script: '-a-b c+b a b-b a+c',
        scripts: true,
        same: JSON.stringify(['@2', ' ', ' ', ' ', '-', '+']),
        tree: '{\n  "a": 1.10,\n  "a": [],\n  "b": [\n    1e400,\n    "\\u0041"\n  ]\n}',
        noTree: true,
        described: 'a\\x00\\xff\\u{202e}',
      });
      await page.context().close();
    },
  ],
];
