// Which screen shows what, as the part of the address after '#': "#/keys?prefix=user%3A&key=...".
// Parameters are byte strings, escaped by percent signs, so that every key has an address.
import { percent, unpercent } from './bytes.js';

export function addressOf(screen, parameters = {}) {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${percent(value)}`)
    .join('&');
  return `#/${screen}${query ? `?${query}` : ''}`;
}

// { screen, parameters }
export function parseAddress(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parameters = {};
  for (const pair of query.split('&').filter(Boolean)) {
    const equals = pair.indexOf('=');
    if (equals > 0) parameters[pair.slice(0, equals)] = unpercent(pair.slice(equals + 1));
  }
  return { screen: path || 'keys', parameters };
}

export function go(screen, parameters = {}) {
  location.hash = addressOf(screen, parameters);
}

// Changes the address without another entry in the browser's history, and without showing anything
// anew.
export function rewrite(screen, parameters = {}) {
  history.replaceState(null, '', addressOf(screen, parameters));
}
