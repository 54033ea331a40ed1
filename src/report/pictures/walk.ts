/**
 * A walk → SVG: from top to bottom through hooks and tables, chains nested by call, changes at the right of
 * the step that made them, the deciding and the diverging step marked, what the rules say beside it.
 */
import type { Walk } from '../../model/walk.ts';
import { escapeHtml } from '../../text/escape.ts';
import { displayWidth, shorten } from '../../text/width.ts';
import { element, label, svg } from './svg.ts';
import { linesOf, type PictureLine } from './walk-lines.ts';

const WIDTH = 860;
const LINE = 22;
const HEAD = 24;
const GAP = 10;
const LEFT = 14;
const NEST = 20;
/** Deeper calls share the deepest place. */
const MAX_NEST = 9;
const CHANGES = 520;
/** Columns of text at 12 px monospace. */
const COLUMN = 7.25;
/** A picture of more lines helps nobody. */
const MAX_LINES = 300;

interface Placed {
  readonly line: PictureLine;
  readonly x: number;
  readonly y: number;
}

/** The picture; '' for a walk that is too long for one. */
export function walkPicture(walk: Walk): string {
  const { sections, lines } = linesOf(walk);
  if (lines.length > MAX_LINES) return '';
  const placed: Placed[] = [];
  let back = '';
  let y = 0;
  sections.forEach(({ title }, section) => {
    const own = lines.filter((line) => line.section === section);
    const rows = own.reduce((sum, line) => sum + heightOf(line), 0);
    back += element('rect', {
      x: 0.5,
      y: y + 0.5,
      width: WIDTH - 1,
      height: HEAD + rows + 5,
      rx: 6,
      class: 'p-section',
    });
    back += label(LEFT + 19, y + 16, title, { class: 'p-title' });
    y += HEAD;
    for (const line of own) {
      placed.push({ line, x: LEFT + 8 + Math.min(line.depth, MAX_NEST) * NEST, y: y + LINE / 2 });
      y += heightOf(line);
    }
    y += 5 + GAP;
  });
  const texts = placed.map(lineText).join('');
  const name = `Packet ${walk.n}: the path through ${sections.map(({ title }) => title).join(', ')}`;
  return svg(WIDTH, Math.max(1, y - GAP), name, 'p-walk', back + boxes(placed) + paths(placed) + texts);
}

function heightOf({ changes, expected }: PictureLine): number {
  return LINE * Math.max(1, changes.length + (expected === null ? 0 : expected.length + 1));
}

/** A box around each run of a called chain, its own calls inside. */
function boxes(placed: readonly Placed[]): string {
  let text = '';
  placed.forEach(({ line, x, y }, i) => {
    if (line.chain === '' || line.depth === 0) return;
    let bottom = y + heightOf(line) - LINE / 2;
    for (const next of placed.slice(i + 1)) {
      if (next.line.section !== line.section) break;
      if (
        next.line.depth < line.depth ||
        (next.line.depth === line.depth && next.line.run !== line.run && next.line.sign !== 'gap')
      )
        break;
      bottom = next.y + heightOf(next.line) - LINE / 2;
    }
    const top = y - LINE / 2 + 1;
    text += element('rect', {
      x: x - 9,
      y: top,
      width: CHANGES - 14 - x - Math.min(line.depth, MAX_NEST) * 3,
      height: bottom - top - 1,
      rx: 4,
      class: 'p-chain',
    });
  });
  return text;
}

function paths(placed: readonly Placed[]): string {
  let path = '';
  placed.forEach(({ x, y }, i) => {
    const before = placed[i - 1];
    if (before === undefined) path += `M${x} ${y}`;
    else if (before.x === x) path += `V${y}`;
    else path += `C${before.x} ${before.y + 14} ${x} ${y - 14} ${x} ${y}`;
  });
  return element('path', { d: path, class: 'p-path' }) + placed.map((each) => dot(each)).join('');
}

function dot({ line, x, y }: Placed): string {
  if (line.sign === 'gap') return element('circle', { cx: x, cy: y, r: 4, class: 'p-gap' });
  if (line.sign === 'step') return element('circle', { cx: x, cy: y, r: 3.5, class: 'p-dot' });
  return element('circle', { cx: x, cy: y, r: 6, class: 'p-end' });
}

function lineText({ line, x, y }: Placed): string {
  const room = Math.floor((CHANGES - 20 - x - 12) / COLUMN);
  const chain =
    line.chain === ''
      ? ''
      : `${shorten(line.chain, Math.max(8, room - Math.min(displayWidth(line.text), 14) - 2))}  `;
  const rest = shorten(line.text, Math.max(4, room - displayWidth(chain)));
  const className = line.sign === 'step' ? 'p-text' : line.sign === 'gap' ? 'p-text p-warn' : 'p-text p-bad';
  const spans =
    (chain === '' ? '' : element('tspan', { class: 'p-name' }, escapeHtml(chain))) +
    element('tspan', {}, escapeHtml(rest));
  let text = element('text', { x: x + 11, y: y + 4, class: className }, spans);
  const width = Math.floor((WIDTH - CHANGES - 16) / COLUMN);
  line.changes.forEach((change, i) => {
    text += label(CHANGES, y + 4 + i * LINE, shorten(change, width), { class: 'p-text p-change' });
  });
  if (line.expected !== null) text += branch(line.expected, x, y + line.changes.length * LINE, width);
  return text;
}

/** The way that the packet should have gone, step by step. */
function branch(expected: readonly string[], x: number, y: number, width: number): string {
  const top = y - LINE / 2 + 1;
  const dots = CHANGES + 4;
  const first = y + LINE;
  const last = y + expected.length * LINE;
  const steps = expected.map((text, i) => {
    const at = first + i * LINE;
    return (
      element('circle', { cx: dots, cy: at, r: 3.5, class: 'p-dot p-good' }) +
      label(dots + 11, at + 4, shorten(text, width - 2), { class: 'p-text p-good' })
    );
  });
  return (
    element('rect', {
      x: CHANGES - 8,
      y: top,
      width: WIDTH - CHANGES - 2,
      height: (expected.length + 1) * LINE - 3,
      rx: 4,
      class: 'p-expected',
    }) +
    element('path', {
      d: `M${x} ${y + 6}C${x} ${first} ${x + 60} ${first} ${dots} ${first}V${last}`,
      class: 'p-branch',
    }) +
    label(CHANGES, y + 4, 'the rules say', { class: 'p-text p-good' }) +
    steps.join('')
  );
}
