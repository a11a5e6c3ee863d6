// A small chart of a figure over the last minutes, drawn anew with each sample.
import { h, svg } from './dom.js';

const kWidth = 300;
const kHeight = 56;
const kSamples = 150;

// 1, 2 or 5 times a power of ten, above the value; of bytes a power of two.
function niceTop(value, isBytes) {
  if (value <= 0) return 1;
  if (isBytes) return 2 ** Math.ceil(Math.log2(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value);
}

// `format` writes a value.
export function chart(label, format, isBytes) {
  const values = [];
  const now = h('span.now', {}, '\u2013');
  const top = h('span.top', {});
  const area = svg('path.area', {});
  const line = svg('path.curve', { 'vector-effect': 'non-scaling-stroke' });
  const picture = svg(
    'svg',
    {
      viewBox: `0 0 ${kWidth} ${kHeight}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${label}: no sample yet`,
    },
    svg('path.grid', {
      d: `M0 .5H${kWidth}M0 ${kHeight / 2}H${kWidth}M0 ${kHeight - 0.5}H${kWidth}`,
      'vector-effect': 'non-scaling-stroke',
    }),
    area,
    line,
  );
  const element = h(
    'figure.chart',
    {},
    h('figcaption', {}, h('span', {}, label), now),
    picture,
    top,
  );

  function draw() {
    const most = niceTop(Math.max(...values), isBytes);
    const x = (at) => kWidth - ((values.length - 1 - at) * kWidth) / (kSamples - 1);
    const y = (value) => kHeight - 1 - (value / most) * (kHeight - 4);
    const points = values.map((value, at) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
    line.setAttribute('d', `M${points.join('L')}`);
    area.setAttribute(
      'd',
      `M${x(0).toFixed(1)} ${kHeight}L${points.join('L')}L${kWidth} ${kHeight}Z`,
    );
    now.textContent = format(values.at(-1));
    top.textContent = format(most);
    picture.setAttribute(
      'aria-label',
      `${label}: now ${format(values.at(-1))}, at most ${format(Math.max(...values))}, ` +
        `at least ${format(Math.min(...values))}`,
    );
  }

  return {
    element,
    push(value) {
      values.push(value);
      if (values.length > kSamples) values.shift();
      draw();
    },
  };
}
