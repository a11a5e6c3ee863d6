// Back and forth through something long, a page at a time.
import { button, h } from './dom.js';

// load(page) is called with a page from 0 on; show({ page, pages, text }) says where it is. `pages`
// is null where the end is not known.
export function pager(what, load) {
  let at = 0;
  const move = (page) => () => load(page());
  const first = button(
    '\u00ab',
    move(() => 0),
    { 'aria-label': 'First page' },
  );
  const before = button(
    '\u2039',
    move(() => at - 1),
    { 'aria-label': 'Previous page' },
  );
  const next = button(
    '\u203a',
    move(() => at + 1),
    { 'aria-label': 'Next page' },
  );
  const last = button(
    '\u00bb',
    move(() => last.page),
    { 'aria-label': 'Last page' },
  );
  const where = h('span.where', { role: 'status' });
  const element = h(
    'nav.pager',
    { 'aria-label': `Pages of the ${what}` },
    first,
    before,
    where,
    next,
    last,
  );
  return {
    element,
    show({ page, pages, text }) {
      at = page;
      last.page = pages - 1;
      where.textContent = text;
      element.hidden = pages <= 1;
      // A button that becomes disabled would lose the focus.
      for (const [one, off] of [
        [first, page === 0],
        [before, page === 0],
        [next, page >= pages - 1],
        [last, page >= pages - 1],
      ]) {
        if (off && document.activeElement === one)
          (one === first || one === before ? next : before).focus();
        one.disabled = off;
      }
    },
  };
}
