// The console in a real browser: each of its screens, by pointer and by keyboard alone, with keys
// and values that mean harm, in both colour schemes, and on a narrow screen.
//
//   KVSTORE_CONSOLE_MODULES=.../node_modules KVSTORE_BROWSER=... node console_test.mjs URL
import { keysTests } from './keys_tests.mjs';
import { pageTests } from './page_tests.mjs';
import { screensTests } from './screens_tests.mjs';
import { fillStore } from './store.mjs';
import { Browser, run } from './support.mjs';

const url = process.argv[2];
await fillStore(url);
const browser = await Browser.start();
const tests = [keysTests, screensTests, pageTests].flatMap((some) => some(browser, url));
const failures = await run(tests);
await browser.stop();
process.exit(failures > 0 ? 1 : 0);
