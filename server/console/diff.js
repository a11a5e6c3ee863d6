// What is different between two versions of a value, line by line: Myers' algorithm, which finds a
// shortest script of removals and additions in time that grows with how much is different.

// How many lines may differ before a shortest script is no longer looked for.
const kMostSteps = 2000;

// [{ kind: ' ' | '-' | '+', line }, ...]
export function diffLines(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) ++start;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    ++end;
  const a = before.slice(start, before.length - end);
  const b = after.slice(start, after.length - end);
  const same = (lines) => lines.map((line) => ({ kind: ' ', line }));
  return [
    ...same(before.slice(0, start)),
    ...script(a, b),
    ...same(before.slice(before.length - end)),
  ];
}

function script(a, b) {
  const traces = shortestScript(a, b);
  return traces === null ? [...mark('-', a), ...mark('+', b)] : followBack(a, b, traces);
}

const mark = (kind, lines) => lines.map((line) => ({ kind, line }));

// For each number of steps the furthest place reached on each diagonal; null: too many steps.
function shortestScript(a, b) {
  const traces = [];
  const reached = new Map([[1, 0]]);
  const most = Math.min(a.length + b.length, kMostSteps);
  for (let steps = 0; steps <= most; ++steps) {
    traces.push(new Map(reached));
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      let x = goesDown(reached, diagonal, steps)
        ? reached.get(diagonal + 1)
        : reached.get(diagonal - 1) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) ++x;
      reached.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return traces;
    }
  }
  return null;
}

const goesDown = (reached, diagonal, steps) =>
  diagonal === -steps ||
  (diagonal !== steps && reached.get(diagonal - 1) < reached.get(diagonal + 1));

function followBack(a, b, traces) {
  const result = [];
  let x = a.length;
  let y = b.length;
  for (let steps = traces.length - 1; steps >= 0; --steps) {
    const reached = traces[steps];
    const diagonal = x - y;
    const down = goesDown(reached, diagonal, steps);
    const fromX = reached.get(down ? diagonal + 1 : diagonal - 1);
    const fromY = fromX - (down ? diagonal + 1 : diagonal - 1);
    while (x > Math.max(fromX, 0) && y > Math.max(fromY, 0) && a[x - 1] === b[y - 1]) {
      result.push({ kind: ' ', line: a[x - 1] });
      --x;
      --y;
    }
    if (steps === 0) break;
    if (down) result.push({ kind: '+', line: b[--y] });
    else result.push({ kind: '-', line: a[--x] });
  }
  return result.reverse();
}

// Leaves out what is the same further than `context` lines from a difference:
// { kind: '@', count } stands for it.
export function withContext(lines, context = 3) {
  const shows = new Array(lines.length).fill(false);
  lines.forEach(({ kind }, at) => {
    if (kind === ' ') return;
    for (let i = Math.max(0, at - context); i <= Math.min(lines.length - 1, at + context); ++i) {
      shows[i] = true;
    }
  });
  const result = [];
  for (let at = 0; at < lines.length; ++at) {
    if (shows[at]) result.push(lines[at]);
    else if (result.at(-1)?.kind === '@') ++result.at(-1).count;
    else result.push({ kind: '@', count: 1 });
  }
  return result;
}
