/**
 * Walks as they pass → what the check had to take from the log, each fact once with how many packets needed
 * it, and which file would have told. Bounded.
 */
import type { Walk } from '../model/walk.ts';
import { counted, number } from './count.ts';
import { type Block, type Line, line, span } from './outline.ts';
import { owned } from './own.ts';
import { tellerOf } from './prediction-wording.ts';
import { Wishes } from './wishes.ts';

interface Fact {
  /** What would have told it. */
  readonly teller: string;
  readonly n: number;
  count: number;
}

const MAX_FACTS = 5_000;
const SHOWN_FACTS = 60;

export class Assumed {
  beyond = 0;
  private readonly facts = new Map<string, Fact>();
  private readonly wishes = new Wishes();

  add(walk: Walk): void {
    const { n, check } = walk;
    this.wishes.add(walk);
    for (const assumption of check.assumptions) {
      const { fact } = assumption;
      const known = this.facts.get(fact);
      if (known !== undefined) known.count += 1;
      else if (this.facts.size < MAX_FACTS)
        this.facts.set(owned(fact), { teller: tellerOf(assumption), n, count: 1 });
      else this.beyond += 1;
    }
  }

  blocks(): readonly Block[] {
    const all = [...this.facts].sort((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1));
    const more = all.length - SHOWN_FACTS + this.beyond;
    const heading: Block = { kind: 'heading', text: line('Assumptions'), id: 'assumptions' };
    if (all.length === 0) {
      return [
        heading,
        {
          kind: 'paragraph',
          text: line('None: nothing had to be taken from the log to hold the rules against it.'),
        },
      ];
    }
    return [
      heading,
      {
        kind: 'paragraph',
        text: line('Nothing that was given tells these, so they were taken from what the log shows.'),
      },
      {
        kind: 'table',
        head: ['packets', 'first', 'assumed', 'why'],
        align: ['right', 'left', 'left', 'left'],
        rows: all
          .slice(0, SHOWN_FACTS)
          .map(([fact, { teller, n, count }]): readonly Line[] => [
            line(number(count)),
            [{ ...span('plain', `#${n}`), walk: n }],
            line(fact),
            line(teller),
          ]),
      },
      ...(more > 0
        ? [{ kind: 'paragraph', text: line(`and ${counted(more, 'more')}`) } satisfies Block]
        : []),
      ...this.wishes.blocks(),
    ];
  }
}
