// The commands there are, from the server's table.
import { commands, usage } from './command_table.js';
import { fill, h, note, problemBox, uniqueId } from './dom.js';

export function helpScreen() {
  let all = [];
  const field = h('input', {
    type: 'search',
    id: uniqueId('filter'),
    placeholder: 'expire',
    autocomplete: 'off',
    oninput: () => draw(),
  });
  const count = h('span.where', { role: 'status' });
  const content = h('div.commands', {});

  const matches = (row, words) =>
    words.every((word) => `${row.name} ${row.summary} ${row.group}`.toLowerCase().includes(word));

  function entry(row) {
    return h(
      'details',
      {},
      h('summary', {}, h('code', {}, row.name), ' ', h('span.dim', {}, row.summary)),
      h(
        'div.command',
        {},
        h('p', {}, h('code', {}, usage(row))),
        row.details ? h('p.details', {}, row.details) : null,
        row.example ? h('pre', {}, row.example) : null,
        (row.subcommands ?? []).length === 0
          ? null
          : h(
              'ul',
              {},
              row.subcommands.map((sub) =>
                h(
                  'li',
                  {},
                  h('code', {}, `${row.name} ${usage(sub)}`),
                  sub.summary ? ` \u2014 ${sub.summary}` : null,
                ),
              ),
            ),
      ),
    );
  }

  function draw() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = new Map();
    let shows = 0;
    for (const row of all) {
      if (!matches(row, words)) continue;
      ++shows;
      if (!groups.has(row.group)) groups.set(row.group, []);
      groups.get(row.group).push(row);
    }
    count.textContent = `${shows} of ${all.length} commands`;
    fill(
      content,
      shows === 0
        ? note('No command has these words.')
        : [...groups].map(([name, rows]) =>
            h('section', {}, h('h2', {}, name[0].toUpperCase() + name.slice(1)), rows.map(entry)),
          ),
    );
  }

  return {
    title: 'Help',
    mount(main) {
      main.append(
        h('h1', {}, 'Commands'),
        h(
          'div.toolbar',
          {},
          h(
            'form.search',
            { role: 'search', onsubmit: (event) => event.preventDefault() },
            h('label', { for: field.id }, 'Filter'),
            field,
          ),
          count,
        ),
        content,
      );
      commands().then(
        (table) => {
          all = table;
          draw();
        },
        (error) => fill(content, problemBox(error)),
      );
    },
    search() {
      field.focus();
      field.select();
    },
  };
}
