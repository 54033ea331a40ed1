/**
 * The report's script, as it stands in the page: finds walks in the list of all, and opens the one that an
 * address names (`#walk-17`). The page says everything without it. It makes no markup from text and asks no network.
 */
export const SCRIPT = `
(() => {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($('rows').textContent);
  const { n, g, port, id, when, file, line, alone } = data.rows;
  const groups = data.groups;
  const total = n.length;
  const PAGE = 100;
  const box = $('find'), list = $('results'), body = $('result-rows'), count = $('result-count'), more = $('more');
  const search = $('search'), how = $('how'), status = $('status'), host = $('host');
  const hay = groups.map((group) => group.text.toLowerCase());
  const rowHay = new Array(total);
  let found = [];
  let shown = 0;

  const who = (i) => {
    const group = groups[g[i]];
    return group === undefined ? (alone[i] || '') : group.who.replace('*', port[i] === null ? '*' : port[i]);
  };
  const hayOf = (i) => (rowHay[i] ??=
    ('#' + n[i] + ' ' + who(i) + ' id=' + (id[i] === null ? '' : id[i]) + ' ' + data.times[when[i]] + ' ' + data.files[file[i]] + ':' + line[i]).toLowerCase());

  const filter = () => {
    const terms = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const fits = groups.map((group) =>
      (how.value === '' || group.how === how.value) &&
      (status.value === '' || group.status === status.value) &&
      (host.value === '' || group.host === host.value));
    const left = groups.map((_, k) => terms.filter((term) => !hay[k].includes(term)));
    const asks = how.value !== '' || status.value !== '' || host.value !== '';
    const seen = new Set();
    found = [];
    for (let i = 0; i < total; i++) {
      const k = g[i];
      if (k < 0 ? asks : !fits[k]) continue;
      const rest = k < 0 ? terms : left[k];
      if (rest.length > 0) {
        const text = hayOf(i);
        if (!rest.every((term) => text.includes(term))) continue;
      }
      found.push(i);
      if (k >= 0) seen.add(k);
    }
    groups.forEach((group, k) => {
      const element = $('walk-' + group.n);
      if (element !== null) element.hidden = !seen.has(k);
    });
    count.textContent = found.length === total ? total.toLocaleString('en') + ' packets' :
      found.length.toLocaleString('en') + ' of ' + total.toLocaleString('en') + ' packets';
    body.replaceChildren();
    shown = 0;
    page();
  };

  const cell = (row, text, className) => {
    const td = document.createElement('td');
    td.textContent = text;
    if (className) td.className = className;
    row.append(td);
    return td;
  };
  const page = () => {
    const rows = document.createDocumentFragment();
    const end = Math.min(found.length, shown + PAGE);
    for (; shown < end; shown++) {
      const i = found[shown];
      const group = groups[g[i]];
      const row = document.createElement('tr');
      const link = document.createElement('a');
      link.href = '#walk-' + n[i];
      link.textContent = '#' + n[i];
      const first = cell(row, '', 'right');
      if (group === undefined) first.textContent = '#' + n[i]; else first.append(link);
      cell(row, who(i), 'who');
      cell(row, group === undefined ? '' : group.kind);
      cell(row, group === undefined ? '' : group.how, group === undefined ? '' : group.tone);
      cell(row, group === undefined ? 'not shown' : group.status, group !== undefined && group.status === 'diverges' ? 'bad' : '');
      cell(row, data.times[when[i]]);
      cell(row, data.files[file[i]] + ':' + line[i]);
      rows.append(row);
    }
    body.append(rows);
    list.hidden = found.length === 0;
    more.hidden = shown >= found.length;
    more.textContent = 'Show ' + Math.min(PAGE, found.length - shown) + ' more';
  };

  const indexOf = (number) => {
    let low = 0, high = total - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (n[middle] === number) return middle;
      if (n[middle] < number) low = middle + 1; else high = middle - 1;
    }
    return -1;
  };
  const reveal = () => {
    for (const element of document.querySelectorAll('.asked')) element.classList.remove('asked');
    for (const element of document.querySelectorAll('.asked-note')) element.remove();
    const match = /^#walk-(\\d+)$/.exec(location.hash);
    if (match === null) return;
    const i = indexOf(Number(match[1]));
    const group = i < 0 ? undefined : groups[g[i]];
    const element = group === undefined ? null : $('walk-' + group.n);
    if (element === null) return;
    element.hidden = false;
    element.open = true;
    element.classList.add('asked');
    if (group.n !== n[i]) {
      const note = document.createElement('p');
      note.className = 'asked-note';
      note.textContent = '#' + n[i] + ' went this same way: ' + who(i) + ', ' + data.times[when[i]] + ', from ' +
        data.files[file[i]] + ':' + line[i] + ' on. The lines below are those of #' + group.n + '.';
      element.firstElementChild.after(note);
    }
    element.firstElementChild.focus({ preventScroll: true });
    element.scrollIntoView({ block: 'start' });
  };

  for (const input of [search, how, status, host]) input.addEventListener('input', filter);
  more.addEventListener('click', page);
  addEventListener('hashchange', reveal);
  addEventListener('keydown', (event) => {
    const at = event.target;
    if (event.key === '/' && !event.ctrlKey && !event.metaKey && !(at instanceof HTMLInputElement) && !(at instanceof HTMLSelectElement)) {
      event.preventDefault();
      search.focus();
    }
  });
  box.hidden = false;
  filter();
  reveal();
  // Texts of rows are made ahead of the first search, a few at a time.
  const warm = (from) => {
    const to = Math.min(total, from + 4000);
    for (let i = from; i < to; i++) hayOf(i);
    if (to < total) setTimeout(warm, 0, to);
  };
  setTimeout(warm, 50, 0);
})();
`;
