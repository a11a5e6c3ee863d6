// What STATS answers: sections of fields.

// { Store: { keys: '3', ... }, ... }
export function parseStats(text) {
  const sections = {};
  let section = null;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('# ')) section = sections[line.slice(2)] = {};
    const colon = line.indexOf(':');
    if (section && colon > 0) section[line.slice(0, colon)] = line.slice(colon + 1);
  }
  return sections;
}
