// The console of a server that asks for a password, and of one that has gone.
//
//   ... node login_test.mjs URL PID: the password of the user default is "secret"; the server is ended.
import assert from 'node:assert/strict';
import { Browser, barriers, eventually, expectNoFaults, open, run } from './support.mjs';

const [url, pid] = process.argv.slice(2);
const browser = await Browser.start();
const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function command(...words) {
  const response = await fetch(`${url}/_/command`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: basic('default', 'secret') },
    body: JSON.stringify(words),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()).result;
}

async function logIn(page, user, password) {
  await page.fill('dialog input[autocomplete=username]', user);
  await page.fill('dialog input[type=password]', password);
  await page.keyboard.press('Enter');
}

const refusals = ['Failed to load resource']; // which the browser notes for each 401 and 403

const tests = [
  [
    'the console asks who one is, and again after a wrong password',
    async () => {
      await command('SET', 'known', 'value');
      const page = await browser.page(url);
      await open(page, '#/keys', 'dialog[open]');
      assert.deepEqual(await barriers(page), []);
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog[open]');
      await logIn(page, 'default', 'wrong');
      await page.waitForSelector('dialog .problem');
      await logIn(page, 'default', 'secret');
      await page.waitForSelector('.row');
      assert.equal(await page.locator('.row').first().textContent(), 'known');
      assert(!page.url().includes('secret'));
      assert.equal(
        await page.evaluate(() =>
          JSON.stringify({ ...localStorage, ...sessionStorage, c: document.cookie }).includes(
            'secret',
          ),
        ),
        false,
      );
      expectNoFaults(page, refusals);
      await page.context().close();
    },
  ],

  [
    'who may only read cannot restore, and is told',
    async () => {
      await command('SET', 'shared', 'one');
      await command('SET', 'shared', 'two');
      await command(
        'ACL',
        'SETUSER',
        'reader',
        'on',
        '>pass',
        '+@read',
        '+acl|whoami',
        '+ping',
        '~shared*',
      );
      const page = await browser.page(url);
      await open(page, '#/keys?key=shared&tab=history', 'dialog[open]');
      await logIn(page, 'reader', 'pass');
      await page.waitForSelector('.diff pre');
      await eventually(
        'the user is named',
        async () => (await page.locator('#login').textContent()) === 'reader',
      );
      await page.click('text=Restore');
      await page.click('dialog button.primary');
      await page.waitForSelector('.problem');
      assert.match(await page.locator('.problem').first().textContent(), /^NOPERM /);
      assert.equal(await command('GET', 'shared'), 'two');
      expectNoFaults(page, refusals);

      // Another user, without loading the page again.
      await page.click('#login');
      await page.waitForSelector('dialog[open]');
      await logIn(page, 'default', 'secret');
      await eventually(
        'the other user',
        async () => (await page.locator('#login').textContent()) === 'Log in',
      );
      await page.click('text=Restore');
      await page.click('dialog button.primary');
      await eventually('it is restored', async () => (await command('GET', 'shared')) === 'one');
      expectNoFaults(page, refusals);
      await page.context().close();
    },
  ],

  [
    'a server that has gone is noticed, and nothing breaks',
    async () => {
      const page = await browser.page(url);
      await open(page, '#/live', 'dialog[open]');
      await logIn(page, 'default', 'secret');
      await eventually('it follows', async () =>
        (await page.locator('.where').first().textContent()).startsWith('Following'),
      );
      process.kill(Number(pid));
      await eventually('it connects again', async () =>
        (await page.locator('.where').first().textContent()).startsWith('Connecting again'),
      );
      await page.click('.rail a[href="#/slow"]');
      await page.waitForSelector('.problem');
      assert.match(await page.locator('.problem').textContent(), /The server does not answer/);
      expectNoFaults(page, ['Failed to load resource']);
      await page.context().close();
    },
  ],
];

const failures = await run(tests);
await browser.stop();
process.exit(failures > 0 ? 1 : 0);
