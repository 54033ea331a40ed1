/**
 * Walks as they pass → how many packets met each table at each hook, and how many of them it stopped.
 * The order is the kernel's.
 */
import { HOOKS, type Hook, TABLE_ORDER, type TableName } from '../model/hook.ts';
import type { Walk } from '../model/walk.ts';
import { number } from './count.ts';
import { type Block, line, span } from './outline.ts';
import type { OverviewCell } from './pictures/picture.ts';

const STOPPING: ReadonlySet<string> = new Set(['dropped', 'rejected', 'queued']);

export class Passage {
  private readonly counts = new Map<string, { packets: number; stopped: number }>();

  add({ steps, disposition, decidedBy }: Walk): void {
    let hook: Hook | null = null;
    let table: TableName | null = null;
    const met = new Set<string>();
    for (const step of steps) {
      if (step.hook === hook && step.event.table === table) continue;
      hook = step.hook;
      table = step.event.table;
      met.add(`${hook} ${table}`);
    }
    for (const key of met) this.at(key).packets += 1;
    const decider = decidedBy === null ? undefined : steps[decidedBy];
    if (decider !== undefined && STOPPING.has(disposition)) {
      this.at(`${decider.hook} ${decider.event.table}`).stopped += 1;
    }
  }

  cells(): readonly OverviewCell[] {
    return HOOKS.flatMap((hook) =>
      TABLE_ORDER[hook].flatMap((table) => {
        const found = this.counts.get(`${hook} ${table}`);
        return found === undefined ? [] : [{ hook, table, ...found }];
      }),
    );
  }

  private at(key: string): { packets: number; stopped: number } {
    let found = this.counts.get(key);
    if (found === undefined) {
      found = { packets: 0, stopped: 0 };
      this.counts.set(key, found);
    }
    return found;
  }
}

/** The picture of hooks and tables. */
export function overviewBlocks(passage: Passage): readonly Block[] {
  const cells = passage.cells();
  if (cells.length === 0) return [];
  return [
    { kind: 'heading', text: line('Hooks and tables'), id: 'overview' },
    {
      kind: 'picture',
      picture: { kind: 'overview', cells },
      table: {
        kind: 'table',
        head: ['hook', 'table', 'packets', 'stopped'],
        align: ['left', 'left', 'right', 'right'],
        rows: cells.map(({ hook, table, packets, stopped }) => [
          line(hook),
          line(table),
          line(number(packets)),
          stopped === 0 ? line('0') : [span('bad', number(stopped))],
        ]),
      },
    },
  ];
}
