// The console: which screen is shown, the keys that work everywhere, the theme, and the login.
import { command, isForAll, logInAs, onLoginNeeded, whoAmI } from './api.js';
import { announce, button, fill, h, problemBox, showDialog, uniqueId } from './dom.js';
import { shown, shownText } from './show.js';
import { parseAddress } from './router.js';
import { parseStats } from './stats.js';
import { helpScreen } from './help_screen.js';
import { keysScreen } from './keys_screen.js';
import { liveScreen } from './live_screen.js';
import { mapScreen } from './map_screen.js';
import { metricsScreen } from './metrics_screen.js';
import { shellScreen } from './shell_screen.js';
import { slowScreen } from './slow_screen.js';

// A screen is { title, mount(root, parameters), update(parameters), unmount(), search() }: `update`
// when only its parameters have changed, `search` moves the focus to its search field.
const kScreens = {
  keys: keysScreen,
  live: liveScreen,
  map: mapScreen,
  metrics: metricsScreen,
  slow: slowScreen,
  shell: shellScreen,
  help: helpScreen,
};
const kLetters = { k: 'keys', l: 'live', m: 'map', t: 'metrics', s: 'slow', c: 'shell', h: 'help' };

const main = document.getElementById('main');
let current = null; // the name of the screen that is shown
let screen = null;

// --- Which screen

function show() {
  const address = parseAddress(location.hash);
  const name = address.screen in kScreens ? address.screen : 'keys';
  if (name === current) {
    screen.update?.(address.parameters);
    return;
  }
  const isFirst = current === null;
  startScreen(name, address.parameters);
  if (isFirst) return;
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  announce(screen.title);
}

function startScreen(name, parameters) {
  screen?.unmount?.();
  current = name;
  screen = kScreens[name]();
  for (const link of document.querySelectorAll('.rail a')) {
    if (link.dataset.screen === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${screen.title} \u2013 kvstore`;
  fill(main);
  main.className = `screen-${name}`;
  screen.mount(main, parameters);
  main.scrollTop = 0;
}

// --- Keys

const usesLetters = () => localStorage.getItem('letters') !== 'off';
let isAfterG = false;

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const field = event.target.closest(
    'input:not([type=radio]):not([type=checkbox]), textarea, select, dialog',
  );
  if (field) {
    if (event.key === 'Escape' && field.localName !== 'dialog') main.focus();
    return;
  }
  if (!usesLetters()) return;
  const afterG = isAfterG;
  isAfterG = false;
  if (afterG && event.key in kLetters) location.hash = `#/${kLetters[event.key]}`;
  else if (event.key === 'g') isAfterG = true;
  else if (event.key === '/') screen.search?.();
  else if (event.key === '?') showKeys();
  else return;
  event.preventDefault();
}

function showKeys() {
  const id = uniqueId('dialog');
  const letters = h('input', {
    type: 'checkbox',
    checked: usesLetters(),
    onchange: () => {
      localStorage.setItem('letters', letters.checked ? 'on' : 'off');
    },
  });
  const row = (keys, what) => [
    h(
      'dt',
      {},
      keys.map((key) => h('kbd', {}, key)),
    ),
    h('dd', {}, what),
  ];
  showDialog(
    h(
      'dialog',
      { 'aria-labelledby': id },
      h(
        'form',
        { method: 'dialog' },
        h('h2', { id }, 'Keyboard'),
        h(
          'dl.shortcuts',
          {},
          row(['Tab'], 'to the next part of the page'),
          row(['\u2191', '\u2193'], 'within a list, and to earlier commands in the shell'),
          row(['Enter'], 'opens the key, or executes the command'),
          row(['/'], 'to the search field'),
          row(['Esc'], 'out of a field, a list of suggestions or a dialog'),
          row(['?'], 'this list'),
          Object.entries(kLetters).map(([letter, name]) =>
            row(['g', letter], kScreens[name]().title),
          ),
        ),
        h('label.check', {}, letters, ' Single letters are shortcuts'),
        h('div.actions', {}, h('button.primary', { autofocus: true }, 'Close')),
      ),
    ),
  );
}

// --- Theme

const kThemes = { auto: 'Auto', light: 'Light', dark: 'Dark' };

function showTheme() {
  const theme = document.documentElement.dataset.theme ?? 'auto';
  document.getElementById('theme-name').textContent = kThemes[theme];
  document.getElementById('theme').setAttribute('aria-label', `Colours: ${kThemes[theme]}`);
}

function nextTheme() {
  const names = Object.keys(kThemes);
  const theme = document.documentElement.dataset.theme ?? 'auto';
  const next = names[(names.indexOf(theme) + 1) % names.length];
  if (next === 'auto') {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('theme');
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem('theme', next);
  }
  showTheme();
  announce(`Colours: ${kThemes[next]}`);
}

// --- Login

// Asks for a user and a password: a promise of { user, password }, or of null if `mayCancel` and it
// was cancelled.
function askForLogin(problem, mayCancel = false) {
  const id = uniqueId('dialog');
  const user = h('input', {
    id: `${id}-user`,
    autocomplete: 'username',
    value: 'default',
    required: true,
  });
  const password = h('input', {
    id: `${id}-password`,
    type: 'password',
    autofocus: true,
    autocomplete: 'current-password',
  });
  return new Promise((resolve) => {
    const dialog = h(
      'dialog.login',
      {
        'aria-labelledby': id,
        oncancel: (event) => {
          if (!mayCancel) event.preventDefault();
        },
      },
      h(
        'form',
        { method: 'dialog' },
        h('h2', { id }, 'Log in'),
        mayCancel ? null : h('p.dim', {}, 'This server asks for a user and a password.'),
        problem ? problemBox(problem) : null,
        h('label', { for: user.id }, 'User'),
        user,
        h('label', { for: password.id }, 'Password'),
        password,
        h(
          'div.actions',
          {},
          mayCancel ? button('Cancel', () => dialog.close('no')) : null,
          h('button.primary', { value: 'yes' }, 'Log in'),
        ),
      ),
    );
    showDialog(dialog).then((answer) => {
      resolve(
        mayCancel && answer !== 'yes' ? null : { user: user.value, password: password.value },
      );
    });
  });
}

async function changeUser() {
  for (let problem = null; ;) {
    const given = await askForLogin(problem, true);
    if (given === null) return;
    try {
      await logInAs(given.user, given.password);
      startScreen(current, parseAddress(location.hash).parameters);
      showStore();
      showUser();
      return;
    } catch (error) {
      problem = error;
    }
  }
}

// --- What stands at the top

async function showStore() {
  const link = document.getElementById('link');
  link.textContent = '';
  try {
    const { Store = {}, Server = {} } = parseStats(await command(['STATS']));
    const store = document.getElementById('store');
    fill(store, ...shownText((Store.file ?? '').split('/').at(-1)));
    store.title = `kvstore ${Server.kvstore_version ?? ''}`;
    if (Store.writes_refused !== 'no' || Store.read_only === 'yes') link.textContent = 'Read only';
  } catch (error) {
    if (error.code === 'NETWORK') link.textContent = 'The server does not answer';
  }
}

// Who may not even ask is not named.
async function showUser() {
  const user = await whoAmI().catch(() => 'default');
  const button = document.getElementById('login');
  fill(button, user === 'default' ? 'Log in' : shown(user, 32));
  button.hidden = user === 'default' && (await isForAll());
}

onLoginNeeded(askForLogin);
document.addEventListener('keydown', onKey);
document.getElementById('keys-help').addEventListener('click', showKeys);
document.getElementById('login').addEventListener('click', changeUser);
document.getElementById('theme').addEventListener('click', nextTheme);
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', show);
showTheme();
show();
showStore();
showUser();
