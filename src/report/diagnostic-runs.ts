/** Blocks for formats that fence lines: diagnostics that follow each other make one listing. Lines are visible text. */
import type { Block } from './outline.ts';
import { renderDiagnostic } from './terminal/render.ts';
import { PLAIN_STYLE } from './terminal/style.ts';

export type FencedBlock =
  | Exclude<Block, { readonly kind: 'diagnostic' }>
  | { readonly kind: 'diagnostics'; readonly lines: readonly string[] };

const PAGE = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };

export function withDiagnosticRuns(blocks: readonly Block[]): readonly FencedBlock[] {
  const result: FencedBlock[] = [];
  let lines: string[] | null = null;
  for (const block of blocks) {
    if (block.kind !== 'diagnostic') {
      lines = null;
      result.push(block);
      continue;
    }
    if (lines === null) {
      lines = [];
      result.push({ kind: 'diagnostics', lines });
    }
    // Without the indent of a terminal's list.
    for (const text of renderDiagnostic(PAGE, block.diagnostic)) lines.push(text.replace(/^ {2}/, ''));
  }
  return result;
}
