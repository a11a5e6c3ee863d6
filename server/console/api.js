// What the console asks of its server, over HTTP (docs/HTTP.md). Every request is one that the user
// could make with curl, with the user's rights.
import { fromArray, fromJson, hex, percent, toJson } from './bytes.js';

// An error that the server answered, or that kept it from answering.
class Problem extends Error {
  constructor({ code = '', detail, hint = '', status = 0 }) {
    super(detail);
    this.code = code;
    this.hint = hint;
    this.status = status;
  }
}

// In this page's memory only: a reload asks again.
let authorization = null;
let login = null; // the question that is open
let askForLogin = null; // (problem) -> Promise of { user, password }

export function onLoginNeeded(ask) {
  askForLogin = ask;
}

// Logs in with a user and password of the page's asking, whether the server needs it or not.
// Rejects, and leaves things as they were, if they are wrong.
export async function logInAs(user, password) {
  const before = authorization;
  authorization = basic(user, password);
  try {
    await command(['PING'], { asksForLogin: false });
  } catch (error) {
    authorization = before;
    throw error;
  }
}

// The user whose rights requests have, by the name that the server knows.
export const whoAmI = async () => fromJson(await command(['ACL', 'WHOAMI']));

// Nobody has logged in, and there is no other user: then there is nobody to log in as.
export async function isForAll() {
  if (authorization) return false;
  const users = await command(['ACL', 'USERS']).catch(() => []);
  return users.length === 1;
}

function basic(user, password) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(fromArray(bytes))}`;
}

// All requests that were refused meanwhile wait for one answer.
function logIn(problem) {
  login ??= askForLogin(problem)
    .then(({ user, password }) => {
      authorization = basic(user, password);
    })
    .finally(() => {
      login = null;
    });
  return login;
}

async function problemOf(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // Not a problem document: what the status says has to do.
  }
  return new Problem({
    code: body.code,
    detail: body.detail ?? body.title ?? `The server answered ${response.status}`,
    hint: body.hint,
    status: response.status,
  });
}

// Resolves to the response if it is one of success. Asks for a password where one is needed.
async function request(path, { asksForLogin = true, ...options } = {}) {
  for (;;) {
    const sent = authorization;
    const headers = { ...options.headers };
    if (sent) headers.Authorization = sent;
    let response;
    try {
      // Without the browser's own credentials: they are ours to ask for, and no other page can
      // have the browser send them.
      response = await fetch(path, { cache: 'no-store', ...options, headers, credentials: 'omit' });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Problem({ code: 'NETWORK', detail: 'The server does not answer' });
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (response.status !== 401 || !asksForLogin) throw problem;
    if (sent === authorization) await logIn(sent ? problem : null);
  }
}

// Integers that a JavaScript number cannot hold become a BigInt, where the browser can tell.
function exact(_, value, context) {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(context?.source ?? '') ? BigInt(context.source) : value;
}

// Executes one command. Its words are byte strings; resolves to its reply as JSON.
export async function command(words, options = {}) {
  const response = await request('/_/command', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(words.map(toJson)),
    ...options,
  });
  return JSON.parse(await response.text(), exact).result;
}

// The command table.
export const commandTable = async () => (await (await request('/_/commands')).json()).commands;

// Where the bytes of the file go; null: the server does not say.
export async function spaceMap(options = {}) {
  try {
    return await (await request('/_/map', options)).json();
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

// Paths that mean something else to the server are those with a first letter that is not escaped.
// null: a browser changes the path before it sends it.
export function pathOf(key) {
  if (key === '' || key === '.' || key === '..') return null;
  const first = key[0] === '_' || key[0] === 'm' ? `%${hex(key.charCodeAt(0))}` : percent(key[0]);
  return `/${first}${percent(key.slice(1))}`;
}

// Bytes [from, from + length) of a value: { bytes, version }. `version`, if it is given, is the one
// that an earlier part was of; if the value is another one by now, CHANGED is thrown. null: there
// is no such key.
export async function readPart(key, from, length, version = null) {
  const path = pathOf(key);
  if (path === null) return readByCommand(key, from, length);
  const headers = {
    Accept: 'application/octet-stream',
    Range: `bytes=${from}-${from + length - 1}`,
  };
  if (version) headers['If-Match'] = version;
  try {
    const response = await request(path, { headers });
    const bytes = fromArray(new Uint8Array(await response.arrayBuffer()));
    return { bytes, version: response.headers.get('ETag') };
  } catch (error) {
    if (error.status === 404) return null;
    if (error.status === 416) return { bytes: '', version };
    if (error.status === 412) {
      throw new Problem({
        code: 'CHANGED',
        detail: 'The value was changed meanwhile',
        hint: 'Refresh, which reads it again',
      });
    }
    throw error;
  }
}

async function readByCommand(key, from, length) {
  const result = await command(['READ', key, String(from), String(length)]);
  return result === null ? null : { bytes: fromJson(result), version: null };
}

// Server-sent events: calls `onEvent({ type, data, id })` for each until `signal` aborts, over as
// many connections as it takes. `onState` is told 'open', 'waiting' (to connect again) and
// 'failed', with the problem. What was missed while the connection was lost is asked for by its
// last id.
export async function events(path, { signal, onEvent, onState }) {
  let lastId = null;
  let pause = 500;
  while (!signal.aborted) {
    try {
      const headers = { Accept: 'text/event-stream' };
      if (lastId !== null) headers['Last-Event-ID'] = lastId;
      const response = await request(path, { headers, signal });
      onState('open');
      pause = 500;
      for await (const event of eventsOf(response.body)) {
        if (event.id !== null) lastId = event.id;
        if (event.type !== null) onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status >= 400 && error.status < 500) {
        onState('failed', error);
        return;
      }
    }
    if (signal.aborted) return;
    onState('waiting');
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(2 * pause, 15000);
  }
}

async function* linesOf(stream) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop();
      yield* lines;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function* eventsOf(stream) {
  let event = { type: null, data: [], id: null };
  for await (const raw of linesOf(stream)) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') {
      const data = event.data.length > 0 ? JSON.parse(event.data.join('\n')) : null;
      if (data !== null || event.id !== null) {
        yield { type: data === null ? null : (event.type ?? 'message'), data, id: event.id };
      }
      event = { type: null, data: [], id: null };
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue; // a comment, which keeps the connection open
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'event') event.type = value;
    if (field === 'data') event.data.push(value);
    if (field === 'id') event.id = value;
  }
}
