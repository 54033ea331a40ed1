/**
 * Records of an analysis, as they pass → the blocks of a report for people. A log of one packet is that
 * packet's walk; a longer one begins with a summary, equal walks grouped. With `all`, every walk is told
 * as it passes and the summary comes last: then nothing is held back and memory stays flat.
 */
import type { AnalysisRecord, Summary } from '../model/analysis.ts';
import type { Ruleset } from '../model/ruleset.ts';
import type { Walk } from '../model/walk.ts';
import { Groups } from './groups.ts';
import { remarks } from './input-outline.ts';
import { type Block, line } from './outline.ts';
import { likenessOf, packetList } from './packet-list.ts';
import { enders, findings, headline } from './summary-outline.ts';
import { Tally } from './tally.ts';
import { walkOutline } from './walk-outline.ts';
import { Wishes } from './wishes.ts';

export interface StoryOptions {
  /** Tell every walk, in the order in which they end. */
  readonly all: boolean;
}

export class Story {
  private readonly all: boolean;
  private readonly tally = new Tally();
  private readonly groups = new Groups();
  private readonly wishes = new Wishes();
  private ruleset: Ruleset | null = null;

  constructor(options: StoryOptions) {
    this.all = options.all;
  }

  /** Takes the next record and gives the blocks that can be told now; the summary brings the rest. */
  push(record: AnalysisRecord): readonly Block[] {
    switch (record.type) {
      case 'rules':
        this.ruleset = record.ruleset;
        return [];
      case 'diagnostic':
        this.tally.addDiagnostic(record.diagnostic);
        return [];
      case 'finding':
        this.tally.addFinding(record.finding);
        return [];
      case 'walk':
        return this.pushWalk(record.walk);
      case 'summary':
        return this.end(record.summary);
    }
  }

  private pushWalk(walk: Walk): readonly Block[] {
    this.tally.addWalk(walk);
    this.wishes.add(walk);
    const losses = this.tally.lossesWithin(walk);
    if (this.all) return [{ kind: 'walk', walk: walkOutline(walk, { losses, ruleset: this.ruleset }) }];
    this.groups.add(walk, losses);
    return [];
  }

  private end(summary: Summary): readonly Block[] {
    const head = headline(summary, this.tally);
    const found = findings(this.tally);
    const stopped = enders(this.tally);
    const about = [...remarks(summary, this.tally), ...this.wished()];
    if (this.all)
      return [{ kind: 'heading', text: line('Summary') }, ...head, ...found, ...stopped, ...about];

    const groups = this.groups.sorted();
    const renumbering = this.tally.renumbering(this.ruleset);
    const walks = groups.map(
      (group): Block => ({
        kind: 'walk',
        walk: walkOutline(group.example, {
          like: likenessOf(group),
          losses: group.losses,
          ruleset: this.ruleset,
          renumbering,
          called: this.tally.calledBy(group.example.n),
        }),
      }),
    );
    const partial = summary.partial ? head : [];
    if (summary.walks === 1) return [...walks, ...partial, ...found, ...about];
    if (summary.walks === 0) {
      return summary.lines === 0 && about.length > 0 && !summary.partial ? about : [...head, ...about];
    }
    return [
      ...head,
      ...found,
      ...stopped,
      ...packetList(groups, this.groups.beyond, renumbering),
      ...about,
      ...walks,
    ];
  }

  private wished(): readonly Block[] {
    const blocks = this.wishes.blocks();
    return blocks.length === 0 ? [] : [{ kind: 'heading', text: line('What was assumed') }, ...blocks];
  }
}
