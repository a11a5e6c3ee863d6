// The other screens.
import assert from 'node:assert/strict';
import { choose, command, eventually, expectNoFaults, open, textOf } from './support.mjs';

export const screensTests = (browser, url) => [
  [
    'changes are shown as they are made',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/live?prefix=seen%3A', 'main table');
      await eventually('it follows', async () =>
        (await textOf(page, '.where')).startsWith('Following'),
      );
      await eventually('a change', async () => {
        await command(url, 'SET', 'seen:<u>', '<u>value</u>');
        return (await page.locator('tbody tr').count()) > 0;
      });
      await command(url, 'SET', 'unseen', '1');
      await command(url, 'DELETE', 'seen:<u>');
      await eventually('the deletion', async () =>
        /delete.*seen:<u>/.test(await textOf(page, 'tbody tr')),
      );
      assert(!(await page.locator('tbody').textContent()).includes('unseen'));
      assert((await page.locator('tbody').textContent()).includes('<u>value</u>'));
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'the map shows where the bytes go',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/map', '.regions');
      assert((await page.locator('.regions g').count()) > 100);
      assert.match(await page.locator('.tiles').textContent(), /Live keys3,0\d\d/);
      assert.match(await page.locator('.columns').textContent(), /many:.*3,000/);
      await page.click('text=many:');
      await eventually(
        'the keys of a prefix',
        async () => (await textOf(page, '.row')) === 'many:00000',
      );
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'figures are drawn as they change',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/metrics', '.fields');
      await choose(page, '1 s');
      await eventually('a curve', async () =>
        ((await page.locator('.curve').first().getAttribute('d')) ?? '').includes('L'),
      );
      assert.match(
        await page.locator('.chart svg').first().getAttribute('aria-label'),
        /^Commands: now /,
      );
      assert.match(await page.locator('.columns').textContent(), /kvstore_version\d/);
      assert.match(await page.locator('.columns').textContent(), /index_bytes[\d.]+ (B|KiB|MiB)/);
      assert.doesNotMatch(await page.locator('.columns').textContent(), /_human/);
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'slow commands are listed',
    async () => {
      await command(url, 'CONFIG', 'SET', 'slowlog-log-slower-than', '0');
      await command(url, 'SET', 'slow <b>', '\x1b[0m');
      await command(url, 'CONFIG', 'SET', 'slowlog-log-slower-than', '100000');
      const page = await browser.page(url);
      await open(page, '#/slow', 'tbody tr');
      assert((await page.locator('tbody').textContent()).includes('"slow <b>" "\\x1b[0m"'));
      await page.click('text=Empty\u2026');
      await page.click('dialog button.primary');
      await page.waitForSelector('text=No command was slow');
      expectNoFaults(page);
      await page.context().close();
    },
  ],

  [
    'the shell completes, executes and recalls',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/shell', '.prompt input');
      const field = page.locator('.prompt input');
      const last = () => page.locator('.entry').last().textContent();
      const type = async (line) => {
        await field.fill(line);
        await page.keyboard.press('Enter');
      };
      await eventually('suggestions', async () => {
        await field.fill('');
        await page.keyboard.type('zrange');
        return (await page.locator('.offers li').count()) > 1;
      });
      await page.keyboard.press('Tab');
      assert.equal(await field.inputValue(), 'ZRANGE ');
      await page.keyboard.type('scores 0 1 withs');
      await page.keyboard.press('Tab');
      assert.equal(await field.inputValue(), 'ZRANGE scores 0 1 WITHSCORES ');
      await page.keyboard.press('Enter');
      await eventually('its reply', async () =>
        /1\) member 0\n2\) 0\n3\) member 1\n4\) 1$/.test(await last()),
      );
      await type('SET "sh\\x00ell" \'<b>\'');
      await eventually('OK', async () => (await last()).endsWith('OK'));
      await type('GET "sh\\x00ell"');
      await eventually('a value', async () => (await last()).endsWith('<b>'));
      await type('INCRBY huge 9007199254740993');
      await eventually('all digits', async () => (await last()).endsWith('9007199254740993'));
      await type('GET missing');
      await eventually('nil', async () => (await last()).endsWith('(nil)'));
      await type('follow x');
      await eventually('a screen', async () => /a key's tab Follow/.test(await last()));
      await type('GET missing');
      await eventually('nil', async () => (await last()).endsWith('(nil)'));
      await type('NOSUCH');
      await eventually('an error', async () => /UNKNOWN/.test(await last()));
      await type('SET "open');
      await eventually('a quote', async () => /not closed/.test(await last()));
      for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowUp');
      assert.equal(await field.inputValue(), 'GET missing');
      await page.keyboard.press('ArrowDown');
      assert.equal(await field.inputValue(), 'NOSUCH');
      expectNoFaults(page, ['Failed to load resource']);
      await page.context().close();
    },
  ],

  [
    'the commands are listed with what they take',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/help', '.commands summary');
      await page.fill('main input', 'zadd');
      await eventually('one', async () => (await page.locator('.commands details').count()) === 1);
      await page.click('summary');
      assert((await page.locator('.command').textContent()).includes('ZADD key'));
      expectNoFaults(page);
      await page.context().close();
    },
  ],
];
