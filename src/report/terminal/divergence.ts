/** A divergence → a small table, what the rules say beside what the kernel logged, and the reasons under it. */
import { visible } from '../../text/escape.ts';
import { displayWidth } from '../../text/width.ts';
import type { DivergenceOutline, Line } from '../outline.ts';
import { hanging, inline, lineWidth, type Page } from './layout.ts';

const HEAD = { step: 'step', expected: 'the rules say', observed: 'the kernel logged' };

export function divergenceTable(page: Page, divergence: DivergenceOutline): readonly string[] {
  const { style } = page;
  const lines = [...hanging(page, `  ${style.bad('✗')} `, 4, 6, divergence.title)];
  const left = Math.max(
    displayWidth(HEAD.expected),
    ...divergence.rows.map((row) => lineWidth(row.expected)),
  );
  const row = (
    sign: string,
    step: string,
    expected: string,
    expectedWidth: number,
    observed: string,
  ): string =>
    `    ${sign} ${step.padStart(HEAD.step.length)}  ${expected}${' '.repeat(left - expectedWidth)}  ${observed}`;
  const wide = 4 + 2 + HEAD.step.length + 2 + left + 2;
  const right = Math.max(...divergence.rows.map(({ observed }) => lineWidth(observed)));
  if (wide + right <= page.width) {
    lines.push(style.muted(row(' ', HEAD.step, HEAD.expected, HEAD.expected.length, HEAD.observed)));
    for (const { step, expected, observed, parts } of divergence.rows) {
      const sign = parts ? style.bad('▶') : ' ';
      const [first, second] = [inline(expected, style), inline(observed, style)];
      lines.push(row(sign, String(step), first, lineWidth(expected), second).trimEnd());
    }
  } else {
    for (const { step, expected, observed, parts } of divergence.rows) {
      const sign = parts ? style.bad('▶') : ' ';
      const number = `    ${sign} ${String(step).padStart(HEAD.step.length)}  `;
      const indent = 4 + 2 + HEAD.step.length + 2;
      const same = plain(expected) === plain(observed);
      if (same) lines.push(...hanging(page, number, indent, indent, observed));
      else {
        if (expected.length > 0) {
          lines.push(number + style.muted(HEAD.expected));
          lines.push(...hanging(page, ' '.repeat(indent + 2), indent + 2, indent + 4, expected));
        }
        if (observed.length === 0) continue;
        lines.push((expected.length > 0 ? ' '.repeat(indent) : number) + style.muted(HEAD.observed));
        lines.push(...hanging(page, ' '.repeat(indent + 2), indent + 2, indent + 4, observed));
      }
    }
  }
  for (const reason of divergence.reasons) lines.push(...hanging(page, '    ', 4, 6, reason));
  return lines.map((text) => (visible(text) === text ? text.trimEnd() : text));
}

function plain(text: Line): string {
  return text.map((each) => each.text).join('');
}
