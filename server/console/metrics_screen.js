// What the server does now: STATS, asked again every few seconds, as charts and as it is.
import { command } from './api.js';
import { chart } from './chart.js';
import { fromJson } from './bytes.js';
import { button, fill, h, problemBox, segmented } from './dom.js';
import { duration, short, size } from './format.js';
import { shownText } from './show.js';
import { parseStats } from './stats.js';

const perSecond = (value) => `${short(value)}/s`;

const bytes = (value) => size(Math.round(value));
const bytesPerSecond = (value) => `${bytes(value)}/s`;

// [label, field of STATS, how it is written, whether it is a count whose growth is shown]
const kCharts = [
  ['Commands', 'commands_served', perSecond, true],
  ['Reads', 'reads', perSecond, true],
  ['Writes', 'writes', perSecond, true],
  ['Syncs', 'syncs', perSecond, true],
  ['Log written', 'file_size', bytesPerSecond, true],
  ['Connections', 'connections', short, false],
  ['Requests and replies', 'buffered_bytes', bytes, false],
  ['Index in memory', 'index_bytes', bytes, false],
  ['Sorted sets in memory', 'sorted_set_bytes', bytes, false],
];
const kIntervals = [
  ['1000', '1 s'],
  ['2000', '2 s'],
  ['10000', '10 s'],
];
const kNamed = { uptime_s: (value) => duration(Number(value)) };
const kBytes = /(_bytes|_bytes_stored|_size|_budget|_written)$|^allocated$/;

// As people read it.
function shownField(field, value) {
  if (kNamed[field]) return kNamed[field](value);
  return kBytes.test(field) && value !== '' && !Number.isNaN(Number(value))
    ? bytes(Number(value))
    : value;
}

export function metricsScreen() {
  let interval = 2000;
  let timer = null;
  let before = null;
  let isClosed = false;
  let isPaused = false;
  const charts = kCharts.map(([label, , format]) =>
    chart(label, format, format === bytes || format === bytesPerSecond),
  );
  const problem = h('div', {});
  const sections = h('div.columns', {});
  const warnings = h('div', {});
  const toggle = button('Pause', () => {
    isPaused = !isPaused;
    toggle.textContent = isPaused ? 'Go on' : 'Pause';
    before = null;
    if (!isPaused) poll();
  });

  function chartValues(fields, at) {
    const seconds = before ? (at - before.at) / 1000 : 0;
    kCharts.forEach(([, field, , isCount], i) => {
      const value = Number(fields[field]);
      if (Number.isNaN(value)) return;
      if (!isCount) charts[i].push(value);
      else if (before && seconds > 0)
        charts[i].push(Math.max(0, value - before.fields[field]) / seconds);
    });
    before = { fields, at };
  }

  function showSections(stats) {
    fill(
      sections,
      Object.entries(stats)
        .filter(([name]) => name !== 'Warnings')
        .map(([name, fields]) =>
          h(
            'section.panel',
            {},
            h('h2', {}, name),
            h(
              'dl.fields',
              {},
              Object.entries(fields)
                .filter(([field]) => !field.endsWith('_human'))
                .map(([field, value]) => [
                  h('dt', {}, field),
                  h('dd', { title: value }, ...shownText(shownField(field, value))),
                ]),
            ),
          ),
        ),
    );
    const said = Object.entries(stats.Warnings ?? {}).filter(([name]) => name !== 'warnings');
    fill(
      warnings,
      said.length === 0
        ? null
        : h(
            'div.problem',
            {},
            said.map(([, words]) => h('p', {}, ...shownText(words))),
          ),
    );
  }

  async function poll() {
    clearTimeout(timer);
    try {
      const stats = parseStats(fromJson(await command(['STATS'])));
      if (isClosed) return;
      fill(problem);
      chartValues(Object.assign({}, ...Object.values(stats)), performance.now());
      showSections(stats);
    } catch (error) {
      if (isClosed) return;
      before = null;
      fill(problem, problemBox(error));
    }
    if (!isPaused && !document.hidden) timer = setTimeout(poll, interval);
  }

  const onVisible = () => {
    if (!document.hidden && !isPaused) {
      before = null;
      poll();
    }
  };

  return {
    title: 'Metrics',
    mount(main) {
      main.append(
        h(
          'div.toolbar',
          {},
          h('h1', {}, 'Metrics'),
          segmented('Interval', kIntervals, String(interval), (chosen) => {
            interval = Number(chosen);
            if (!isPaused) poll();
          }),
          toggle,
        ),
        problem,
        warnings,
        h(
          'div.charts',
          {},
          charts.map(({ element }) => element),
        ),
        sections,
      );
      document.addEventListener('visibilitychange', onVisible);
      poll();
    },
    unmount() {
      isClosed = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    },
  };
}
