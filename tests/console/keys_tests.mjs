// Keys: listing them, looking at one, its history, following it.
import assert from 'node:assert/strict';
import { kHostile } from './store.mjs';
import { at, choose, command, eventually, expectNoFaults, go, open, textOf } from './support.mjs';

export const keysTests = (browser, url) => [
  [
    'keys are listed by prefix, and only what is visible is in the page',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/keys', '.row');
      await page.fill('input[type=search]', 'many:');
      await eventually('the prefix', async () => (await textOf(page, '.row')) === 'many:00000');
      assert.equal(await textOf(page, '.count'), '500 keys so far; more as you scroll');
      assert((await page.locator('.row').count()) < 100);
      for (let i = 0; i < 8; ++i) {
        await page.focus('[role=listbox]');
        await page.keyboard.press('End');
        await page.waitForTimeout(60);
      }
      await eventually('the last key', async () => {
        await page.keyboard.press('End');
        return (await textOf(page, '.row.active')) === 'many:02999';
      });
      assert.equal(await textOf(page, '.count'), '3,000 keys');
      assert((await page.locator('.row').count()) < 100);
      await page.fill('input[type=search]', '"bell\\x07"');
      await eventually('an escaped prefix', async () => (await textOf(page, '.count')) === '1 key');
      await page.fill('input[type=search]', '"open');
      await eventually('an open quote', async () =>
        /not closed/.test(await page.locator('.problem').textContent()),
      );
      await page.fill('input[type=search]', 'nothing like it');
      await eventually(
        'no key',
        async () => (await textOf(page, '.count')) === 'No key begins like this.',
      );
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'hostile keys and values are text, each at an address of its own',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/help', 'h1');
      for (const [key, shownKey, , shownValue] of kHostile) {
        await go(page, at(key), '.value pre');
        assert.equal(await textOf(page, '.key-head h2'), shownKey);
        await choose(page, 'Text');
        await eventually(
          `the value of ${shownKey}`,
          async () => (await textOf(page, '.value pre')) === shownValue,
        );
        await go(page, at(key, 'history'), '.diff pre');
        assert((await textOf(page, '.diff pre')).includes(shownValue.replace(/\n$/, '')));
      }
      assert.equal(
        await page.locator('main img, main script, main b, main i, main svg[onload]').count(),
        0,
      );
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'a value is shown as text, as JSON and in hexadecimal, a page at a time',
    async () => {
      const page = await browser.page(url);
      const ranges = [];
      page.on('request', (request) => {
        if (request.headers().range) ranges.push(request.headers().range);
      });
      await open(page, at('doc'), '.json');
      const json = await textOf(page, '.json');
      assert(json.includes('"big": 12345678901234567890') && json.includes('"text": "<i>"'), json);
      await choose(page, 'Text');
      await eventually('the text', async () =>
        (await textOf(page, '.value')).startsWith('{"version":3,"big"'),
      );

      await open(page, at('long'), '.value pre.text');
      assert((await textOf(page, '.value pre')).endsWith('x\u00e9')); // which the page's edge cuts
      await page.click('text=\u203a');
      await eventually('the second page', async () =>
        /^y+$/.test(await textOf(page, '.value pre')),
      );
      assert((await textOf(page, '.pager .where')).startsWith('65,537 \u2013 '));
      await page.click('text=\u00bb');
      await eventually(
        'the last page',
        async () => (await textOf(page, '.value pre')).length === 135537 - 131072,
      );

      await command(url, 'APPEND', 'long', 'z');
      await page.click('[aria-label="First page"]');
      await page.waitForSelector('.problem'); // pages are of one version
      assert.match(await textOf(page, '.problem'), /^CHANGED /);
      await page.click('[aria-label="Refresh the key"]');
      await page.waitForSelector('.value pre.text');
      expectNoFaults(page, ['Failed to load resource']);
      page.faults.length = 0;

      await open(page, at('binary'), '.value pre.hex');
      assert.equal(
        (await textOf(page, '.hex')).slice(0, 40),
        '00000000  00 07 0e 15 1c 23 2a 31  38 3f',
      );
      await page.click('text=\u203a');
      await eventually('offsets', async () =>
        (await textOf(page, '.hex')).startsWith('00001000  '),
      );
      assert(ranges.includes('bytes=4096-8191'), String(ranges));
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'a sorted set is shown as members and scores',
    async () => {
      const page = await browser.page(url);
      await open(page, at('scores'), '.value td');
      assert.equal(await page.locator('.value tbody tr').count(), 100);
      assert.equal(await textOf(page, '.pager .where'), '1 \u2013 100 of 251');
      await choose(page, 'Highest first');
      await eventually(
        'the highest',
        async () => (await textOf(page, '.value tbody tr')) === '0<b>top</b>1000.5',
      );
      await page.click('[aria-label="Last page"]');
      await eventually(
        'the lowest',
        async () => (await page.locator('.value tbody tr').last().textContent()) === '250member 00',
      );
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'versions are compared, and one is restored after a question',
    async () => {
      const page = await browser.page(url);
      await open(page, at('doc', 'history'), '.diff pre');
      const diff = await textOf(page, '.diff pre');
      assert(diff.includes('-   "version": 2,') && diff.includes('+   "version": 3,'), diff);
      await open(page, at('restored', 'history'), '.diff pre');
      const [{}, before] = await command(url, 'HISTORY', 'restored').then((rows) =>
        rows.map(([seq]) => ({ seq })),
      );
      const restore = page.locator(`[aria-label="Restore version ${before.seq}"]`);
      await restore.click();
      await page.waitForSelector('dialog[open]');
      await page.keyboard.press('Escape');
      await eventually('the focus is back', () =>
        restore.evaluate((button) => button === document.activeElement),
      );
      assert.equal(await command(url, 'GET', 'restored'), 'after');
      await page.keyboard.press('Enter');
      await page.click('dialog button.primary');
      await eventually(
        'it is restored',
        async () => (await command(url, 'GET', 'restored')) === 'before',
      );
      await eventually(
        'a third version',
        async () => (await page.locator('.history tbody tr').count()) === 3,
      );
      await eventually('the focus stays there', () =>
        page.evaluate(() => document.activeElement.className === 'tab-body'),
      );
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'a value is followed as it grows',
    async () => {
      const page = await browser.page(url);
      await open(page, at('log', 'follow'), '.follow');
      await eventually(
        'what is there',
        async () => (await textOf(page, '.follow')) === 'first line\n',
      );
      await command(url, 'APPEND', 'log', 'second \u202e line\n');
      await eventually('what was appended', async () =>
        (await textOf(page, '.follow')).endsWith('second \\u{202e} line\n'),
      );
      await command(url, 'SET', 'log', 'new <b>beginning</b>\n');
      await eventually('that it was set anew', async () =>
        /set anew.*\nnew <b>beginning<\/b>\n$/.test(await textOf(page, '.follow')),
      );
      await page.click('text=Pause');
      await page.waitForSelector('text=Follow on');
      expectNoFaults(page);
      await page.context().close();
    },
  ],
];
