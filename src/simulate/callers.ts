/**
 * Who calls a chain: the rules that jump or go to it, and the hooks from which it can be reached at all. Built
 * from a rule set when it is first asked.
 */
import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Rule, Ruleset } from '../model/ruleset.ts';

type InChain = Pick<Rule, 'family' | 'table' | 'chain'>;

function keyOf({ family, table, chain }: InChain): string {
  return `${family} ${table} ${chain}`;
}

export class Callers {
  readonly #ruleset: Ruleset;
  #rules: Map<string, Rule[]> | null = null;

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset;
  }

  /** The rules that call a chain, in the order of the table. */
  of(chain: InChain): readonly Rule[] {
    this.#rules ??= this.#gather();
    return this.#rules.get(keyOf(chain)) ?? [];
  }

  /** Hooks whose chain leads to this one. */
  hooksOf(chain: InChain): ReadonlySet<Hook> {
    const seen = new Set<string>();
    const hooks = new Set<Hook>();
    const waiting: InChain[] = [chain];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { table, chain: name } = next;
      if (seen.has(name)) continue;
      seen.add(name);
      const hook = BUILTIN_CHAINS[table].find((each) => each === name);
      if (hook !== undefined) hooks.add(hook);
      waiting.push(...this.of(next));
    }
    return hooks;
  }

  #gather(): Map<string, Rule[]> {
    const found = new Map<string, Rule[]>();
    for (const { chains } of this.#ruleset.tables) {
      for (const { rules } of chains.values()) {
        for (const rule of rules) {
          if (rule.target.kind !== 'jump') continue;
          const key = keyOf({ ...rule, chain: rule.target.chain });
          const known = found.get(key);
          if (known === undefined) found.set(key, [rule]);
          else known.push(rule);
        }
      }
    }
    return found;
  }
}
