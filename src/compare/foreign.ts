/**
 * Rules of another host: checked walks, and what is said of single chains at the end → one finding instead, if nearly
 * all packets part from the rules, in several chains, and no one difference accounts for most of them. Then what
 * single chains had, or what saved context lacks, is beside the point.
 */
import { type Finding, finding } from '../model/finding.ts';
import type { Walk } from '../model/walk.ts';

/** Packets that are enough to tell by. */
const LEAST = 5;
/** Chains that have to differ. */
const CHAINS = 3;
/** How many have to part from the rules; so many that one difference explains make it the cause. */
const MOST = 0.8;

export class Foreign {
  #checked = 0;
  #diverging = 0;
  #first: Finding['at'] = null;

  /** The next walk, checked. */
  push({ check: { divergence }, steps }: Walk): void {
    this.#checked++;
    if (divergence === null) return;
    this.#diverging++;
    const event = steps[Math.min(divergence.at, steps.length - 1)]?.event;
    if (event !== undefined) this.#first ??= { file: event.file, line: event.line, column: 1 };
  }

  /** @param findings about chains of the rules, each with how many packets it is about */
  finding(findings: readonly Finding[]): Finding | null {
    const chains = new Set(findings.map(({ args }) => `${args['table']} ${args['chain']}`));
    if (this.#checked < LEAST || this.#diverging < this.#checked * MOST || chains.size < CHAINS) return null;
    const explained = findings.map(({ args }) => Number(args['explained'] ?? args['count'] ?? 0));
    if (Math.max(...explained) >= this.#diverging * MOST) return null;
    const args = { diverging: this.#diverging, checked: this.#checked, chains: [...chains].join(', ') };
    return finding('rules.foreign', args, this.#first);
  }
}
