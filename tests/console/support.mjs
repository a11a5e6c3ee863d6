// A browser for the tests of the console, and what must hold of every page that it shows.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.KVSTORE_CONSOLE_MODULES, 'index.js'));
const { chromium } = require('playwright-core');
const axe = require('axe-core').source;

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.process = await chromium.launch({
      executablePath: process.env.KVSTORE_BROWSER,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    return browser;
  }

  // A page of its own: nothing is kept from another one. `options` are those of a browser's
  // context.
  async page(url, options = {}) {
    const context = await this.process.newContext({
      viewport: { width: 1200, height: 760 },
      ...options,
    });
    const page = await context.newPage();
    page.faults = [];
    page.setDefaultTimeout(20000);
    const origin = new URL(url).origin;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        page.faults.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => page.faults.push(`exception: ${error.stack}`));
    page.on('dialog', (dialog) => {
      page.faults.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) page.faults.push(`request to ${request.url()}`);
    });
    page.base = url;
    return page;
  }

  stop() {
    return this.process.close();
  }
}

// Loads the page at an address of its own.
export async function open(page, address, ready) {
  await page.goto('about:blank');
  await page.goto(`${page.base}/_/${address}`);
  await page.waitForSelector(ready);
}

// Goes there as a link would: `main` has nothing of before when `ready` is waited for.
export async function go(page, address, ready) {
  await page.evaluate(() => {
    location.hash = '#/help';
  });
  await page.waitForSelector('.screen-help');
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address);
  await page.waitForSelector(ready);
}

// Nothing went wrong that only the browser saw; `expected` are parts of messages that may be there.
export function expectNoFaults(page, expected = []) {
  const faults = page.faults.filter((fault) => !expected.some((part) => fault.includes(part)));
  assert.deepEqual(faults, []);
}

// Of what there are many alike, some are looked at.
const kAlike = [
  '.regions g',
  '.commands section:nth-child(n+3)',
  '.row:nth-child(n+6)',
  'tbody tr:nth-child(n+6)',
];

// What axe-core finds that is serious.
export async function barriers(page) {
  // By the debugger, as the page's policy lets no script of a string run.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(
    (exclude) =>
      globalThis.axe.run(
        { exclude },
        {
          resultTypes: ['violations'],
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
        },
      ),
    kAlike,
  );
  return found.violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html, any }) => `${html.slice(0, 200)} ${any[0]?.message ?? ''}`)
          .join(' | ')}`,
    );
}

// Executes a command as the page would.
export async function command(url, ...words) {
  const response = await fetch(`${url}/_/command`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(
      words.map((word) => (Buffer.isBuffer(word) ? { base64: word.toString('base64') } : word)),
    ),
  });
  const body = await response.json();
  assert.equal(response.status, 200, `${words[0]}: ${JSON.stringify(body)}`);
  return body.result;
}

// Waits until `check` returns something true of the page; fails with `what` otherwise.
export async function eventually(what, check) {
  const end = Date.now() + 20000;
  let last;
  do {
    last = await check();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 30));
  } while (Date.now() < end);
  return assert.fail(`never: ${what}`);
}

// The address of a key, and of one of its views.
export const at = (key, tab) =>
  `#/keys?key=${Buffer.from(key).toString('hex').replace(/../g, '%$&')}${tab ? `&tab=${tab}` : ''}`;
export const choose = (page, label) => page.locator('.segmented label', { hasText: label }).click();
export const textOf = (page, selector) => page.locator(selector).first().textContent();

// Runs the tests of a file one after another: [name, function].
export async function run(tests) {
  let failures = 0;
  for (const [name, test] of tests) {
    if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
    const began = Date.now();
    try {
      await test();
      console.log(`ok: ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      ++failures;
      console.log(`FAILED: ${name}\n${error.stack}`);
    }
  }
  return failures;
}
