// A list of any length of which only what is visible is in the page. It is one stop for the Tab
// key; the arrow keys, Page Up and Down, Home and End move within it, and Enter opens what they are
// at.
//
// Every row has the same height, so a place in the list is a place on the screen. The browser
// limits how tall an element may be, so the list takes kMostRows, and says when it is full.
import { h, uniqueId } from './dom.js';

export const kMostRows = 400000;
const kSpare = 8; // rows above and below what is visible

export class VirtualList {
  // render(item) -> content of a row; open(item); more() is called when the end comes near.
  constructor({ label, rowHeight, render, open, more }) {
    this.items = [];
    this.active = -1;
    this.opened = null; // the item that is marked as open
    this.isComplete = true;
    this.rowHeight = rowHeight;
    this.render = render;
    this.open = open;
    this.more = more;
    this.id = uniqueId('list');
    this.rows = new Map(); // place -> element
    this.canvas = h('div.canvas', { role: 'presentation' });
    this.element = h(
      'div.virtual-list',
      {
        role: 'listbox',
        tabindex: '0',
        'aria-label': label,
        onscroll: () => this.draw(),
        onkeydown: (event) => this.onKey(event),
        onclick: (event) => this.onClick(event),
        onfocus: () => {
          if (this.active < 0 && this.items.length > 0) this.move(0);
        },
      },
      this.canvas,
    );
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  clear() {
    this.items = [];
    this.active = -1;
    this.element.scrollTop = 0;
    this.redraw();
  }

  add(items, isComplete) {
    for (const item of items) this.items.push(item);
    this.isComplete = isComplete;
    this.redraw();
  }

  mark(item) {
    this.opened = item;
    const place = this.items.indexOf(item);
    if (place >= 0 && this.active < 0) this.move(place);
    else this.redraw();
  }

  redraw() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.canvas.style.setProperty('height', `${this.items.length * this.rowHeight}px`);
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - kSpare);
    const end = Math.min(
      this.items.length,
      Math.ceil((scrollTop + clientHeight) / this.rowHeight) + kSpare,
    );
    for (const [place, row] of this.rows) {
      if (place < first || place >= end) {
        row.remove();
        this.rows.delete(place);
      }
    }
    let before = null;
    for (let place = end - 1; place >= first; --place) {
      let row = this.rows.get(place);
      if (!row) {
        row = this.makeRow(place);
        this.canvas.insertBefore(row, before);
        this.rows.set(place, row);
      }
      before = row;
    }
    this.pointAtActive();
    const isNearEnd = scrollTop + 2 * clientHeight > (this.items.length - 20) * this.rowHeight;
    if (isNearEnd && !this.isComplete && clientHeight > 0) this.more();
  }

  makeRow(place) {
    const item = this.items[place];
    const row = h(
      'div.row',
      {
        role: 'option',
        id: `${this.id}-${place}`,
        'aria-posinset': place + 1,
        'aria-setsize': this.isComplete ? this.items.length : -1,
        'aria-selected': item === this.opened ? 'true' : 'false',
      },
      this.render(item),
    );
    row.style.setProperty('top', `${place * this.rowHeight}px`);
    if (place === this.active) row.classList.add('active');
    return row;
  }

  pointAtActive() {
    const row = this.rows.get(this.active);
    if (row) this.element.setAttribute('aria-activedescendant', row.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  move(place) {
    if (this.items.length === 0) return;
    const old = this.rows.get(this.active);
    if (old) old.classList.remove('active');
    this.active = Math.max(0, Math.min(place, this.items.length - 1));
    const top = this.active * this.rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    if (top + this.rowHeight > scrollTop + clientHeight) {
      this.element.scrollTop = top + this.rowHeight - clientHeight;
    }
    this.draw();
    this.rows.get(this.active)?.classList.add('active');
  }

  onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in moves) this.move(this.active + moves[event.key]);
    else if (event.key === 'Home') this.move(0);
    else if (event.key === 'End') this.move(this.items.length - 1);
    else if ((event.key === 'Enter' || event.key === ' ') && this.active >= 0) {
      this.open(this.items[this.active]);
    } else return;
    event.preventDefault();
  }

  onClick(event) {
    for (const [place, row] of this.rows) {
      if (!row.contains(event.target)) continue;
      this.move(place);
      this.open(this.items[place]);
      return;
    }
  }
}
