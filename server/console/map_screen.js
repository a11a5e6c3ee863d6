// Where the bytes of the file go: what `kvstore map` says, as a picture that can be read.
import { command, spaceMap } from './api.js';
import { fromJson } from './bytes.js';
import { button, dataTable, fill, h, note, problemBox, svg } from './dom.js';
import { number, percentOf, size, time } from './format.js';
import { addressOf } from './router.js';
import { shown } from './show.js';
import { parseStats } from './stats.js';

// As in the map's JSON: a region is a number for each, in this order.
const kClasses = [
  ['live', 'Live', 'of what keys are now'],
  ['history', 'History', 'older versions, and deletions'],
  ['expired', 'Expired', 'of keys that have expired'],
  ['damaged', 'Damaged', 'unreadable, or torn'],
  ['index', 'Index', 'sorted runs, checkpoints, the header page'],
  ['free', 'Free', 'preallocated, or given back to the disk'],
];

const sum = (values) => values.reduce((total, value) => total + value, 0);

function legend(bytes, whole) {
  return h(
    'div.legend',
    {},
    dataTable(
      ['Class', '#Bytes', '#Share'],
      kClasses.map(([name, label, what]) =>
        h(
          'tr',
          {},
          h(
            'td',
            {},
            svg(
              'svg.swatch',
              { viewBox: '0 0 10 10', 'aria-hidden': 'true' },
              svg(`rect.class-${name}`, { width: 10, height: 10, rx: 2 }),
            ),
            ` ${label} `,
            h('span.dim', {}, what),
          ),
          h('td.number', { title: `${number(bytes[name])} bytes` }, size(bytes[name])),
          h('td.number', {}, percentOf(bytes[name], whole)),
        ),
      ),
    ),
  );
}

// A bar of all classes, each as wide as its share.
function bar(bytes, whole) {
  let x = 0;
  const parts = kClasses.map(([name, label]) => {
    const width = whole === 0 ? 0 : (1000 * bytes[name]) / whole;
    const part = svg(
      `rect.class-${name}`,
      { x, y: 0, width, height: 24 },
      svg('title', {}, `${label}: ${size(bytes[name])}, ${percentOf(bytes[name], whole)}`),
    );
    x += width;
    return part;
  });
  return svg(
    'svg.share',
    {
      viewBox: '0 0 1000 24',
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `Shares: ${kClasses
        .map(([name, label]) => `${label} ${percentOf(bytes[name], whole)}`)
        .join(', ')}`,
    },
    parts,
  );
}

// The file from its beginning to its end, a cell for each region, filled from below by its classes.
function cells(regions, regionSize, columns) {
  const rows = Math.ceil(regions.length / columns);
  const [cell, gap] = [16, 2];
  const drawn = regions.map((region, at) => {
    const whole = sum(region);
    const x = (at % columns) * (cell + gap);
    const top = Math.floor(at / columns) * (cell + gap);
    let y = top + cell;
    const layers = region.map((bytes, which) => {
      if (bytes === 0) return null;
      const height = (cell * bytes) / whole;
      y -= height;
      return svg(`rect.class-${kClasses[which][0]}`, { x, y, width: cell, height });
    });
    const most = region.indexOf(Math.max(...region));
    return svg(
      'g',
      {},
      svg(
        'title',
        {},
        `from ${size(at * regionSize)}: ${kClasses[most][1].toLowerCase()} ${percentOf(
          region[most],
          whole,
        )}`,
      ),
      layers,
    );
  });
  return svg(
    'svg.regions',
    {
      viewBox: `0 0 ${columns * (cell + gap) - gap} ${rows * (cell + gap) - gap}`,
      role: 'img',
      'aria-label': `The file from beginning to end in ${regions.length} regions of ${size(regionSize)}`,
    },
    drawn,
  );
}

// Names with bars beside them. A row is [content of the name, bytes, more].
function ranking(title, heads, rows, most) {
  if (rows.length === 0) return null;
  return h(
    'section.panel',
    {},
    h('h2', {}, title),
    h(
      'div.scroll',
      { tabindex: '0', role: 'region', 'aria-label': title },
      dataTable(
        heads,
        rows.map(([name, bytes, ...more]) =>
          h(
            'tr',
            {},
            h('td', {}, name, meter(bytes, most)),
            h('td.number', {}, size(bytes)),
            more.map((text) => h('td.number', {}, text)),
          ),
        ),
      ),
    ),
  );
}

const meter = (value, most) =>
  svg(
    'svg.meter',
    { viewBox: '0 0 100 3', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect.class-live', { width: most === 0 ? 0 : (100 * value) / most, height: 3 }),
  );

function tiles(entries) {
  return h(
    'dl.tiles',
    {},
    entries
      .filter(Boolean)
      .map(([name, value, more]) =>
        h(
          'div.tile',
          {},
          h('dt', {}, name),
          h('dd', {}, value),
          more ? h('dd.dim', {}, more) : null,
        ),
      ),
  );
}

function picture(map, columns) {
  const whole = sum(kClasses.map(([name]) => map.bytes[name]));
  const groups = map.groups.slice(0, 20);
  const compaction = map.compaction.keep_a_day;
  const ages = Object.entries(map.live_by_age);
  return [
    tiles([
      ['File', size(map.size), `${size(map.disk_bytes)} on the disk`],
      ['Live keys', number(map.live_keys), `${number(map.expired_keys)} expired`],
      ['Records', number(map.records), map.first_time ? `since ${time(map.first_time)}` : null],
      compaction.grows > 0
        ? ['Compacting adds', size(compaction.grows), 'about, with a day of history kept']
        : ['Compacting frees', size(compaction.frees), 'about, with a day of history kept'],
      map.damaged_places > 0
        ? ['Damaged places', number(map.damaged_places), 'kvstore verify says more']
        : null,
    ]),
    h(
      'section.panel',
      {},
      h('h2', {}, 'The file, from beginning to end'),
      bar(map.bytes, whole),
      cells(map.regions, map.region_size, columns),
      legend(map.bytes, whole),
    ),
    h(
      'div.columns',
      {},
      ranking(
        'Keys by prefix',
        ['Prefix', '#In the log', '#Live keys'],
        groups.map((group) => {
          const prefix = fromJson(group.prefix);
          return [
            prefix === ''
              ? h('span.dim', {}, 'no separator')
              : h('a', { href: addressOf('keys', { prefix }) }, shown(prefix)),
            group.in_log,
            number(group.live_keys),
          ];
        }),
        Math.max(...groups.map((group) => group.in_log), 0),
      ),
      ranking(
        'Largest values',
        ['Key', '#Size', '#Written'],
        map.largest_values.map((one) => {
          const key = fromJson(one.key);
          return [
            h('a', { href: addressOf('keys', { key }) }, shown(key, 96)),
            one.size,
            time(one.time).slice(0, 10),
          ];
        }),
        Math.max(...map.largest_values.map((one) => one.size), 0),
      ),
      ranking(
        'Live bytes by age',
        ['No older than', '#Bytes'],
        ages.map(([name, bytes]) => [name, bytes]),
        Math.max(...ages.map(([, bytes]) => bytes), 0),
      ),
    ),
  ];
}

// Where the server has no map to give, STATS knows the sizes.
function outline(sections) {
  const { Store = {}, Index = {} } = sections;
  return [
    note(
      'This server gives no map of its file. On its machine: kvstore map FILE. What STATS knows:',
    ),
    tiles([
      ['File', size(Number(Store.file_size))],
      ['On the disk', size(Number(Store.allocated))],
      ['Index', size(Number(Index.index_file_bytes))],
      ['Keys', Store.keys ?? '?'],
    ]),
  ];
}

export function mapScreen() {
  let stop = new AbortController();
  const content = h('div.map', {});
  const again = button('Draw again', () => load());

  async function load() {
    stop.abort();
    stop = new AbortController();
    const { signal } = stop;
    fill(content, note('Going over the file\u2026'));
    try {
      const map = await spaceMap({ signal });
      fill(
        content,
        map === null
          ? outline(parseStats(fromJson(await command(['STATS']))))
          : picture(map, content.clientWidth < 560 ? 32 : 60),
      );
    } catch (error) {
      if (!signal.aborted) fill(content, problemBox(error));
    }
  }

  return {
    title: 'Map of the file',
    mount(main) {
      main.append(h('div.toolbar', {}, h('h1', {}, 'Map of the file'), again), content);
      load();
    },
    unmount() {
      stop.abort();
    },
  };
}
