/**
 * Walks as they pass → the files that would have told what the check had to take from the log: how many
 * packets each would have helped, and the command that makes it. Nothing is said of what no file tells.
 */
import { CONTEXT_KINDS, type ContextKind } from '../model/context.ts';
import type { Walk } from '../model/walk.ts';
import { number } from './count.ts';
import { type Block, type Line, line, span } from './outline.ts';
import { wantedFile } from './prediction-wording.ts';

export class Wishes {
  private readonly packets = new Map<ContextKind, number>();

  add({ check: { assumptions } }: Walk): void {
    if (assumptions.length === 0) return;
    for (const kind of new Set(assumptions.map(({ settledBy }) => settledBy))) {
      if (kind !== undefined) this.packets.set(kind, (this.packets.get(kind) ?? 0) + 1);
    }
  }

  /** A table; nothing if nothing is wanting. */
  blocks(): readonly Block[] {
    const rows = CONTEXT_KINDS.flatMap((kind): readonly (readonly Line[])[] => {
      const count = this.packets.get(kind);
      if (count === undefined) return [];
      const { command, tells } = wantedFile(kind);
      return [[line(number(count)), line(tells), line(span('code', command))]];
    });
    if (rows.length === 0) return [];
    return [
      {
        kind: 'table',
        head: ['packets', 'not known, so taken from the log', 'save it while tracing, for --context'],
        align: ['right', 'left', 'left'],
        rows,
      },
    ];
  }
}
