/**
 * A random rule set as restore text: every table that it wants, built-in chains with policies, user chains that
 * are called by jump and goto from chains that run in no more hooks than they may. TRACE switches on by a TOS
 * bit that the packets of a case carry.
 */
import { BUILTIN_CHAINS, type Hook, TABLES, type TableName } from '../../../src/model/hook.ts';
import { fits, headerConditions, MATCHES, type MatchMaker, type Setting } from './conditions.ts';
import type { Dice } from './dice.ts';
import type { SetSpec } from './sets.ts';
import { TARGETS } from './targets.ts';
import type { World } from './world.ts';

/** TOS bit that says: this is a packet of the case. */
export const TRACED = 0x04;
const TRACE_RULE = `-m tos --tos 0x04/0x04 -j TRACE`;
/** Nothing but packets of the case leaves the host: its own answers change no state. */
const GUARD_RULE = `-m tos ! --tos 0x04/0x04 -j DROP`;
const MOST_RULES = 7;

interface PlannedChain {
  readonly name: string;
  /** Hooks in which it may run. */
  readonly hooks: readonly Hook[];
  readonly builtin: Hook | null;
}

export interface RulesetPlan {
  readonly world: World;
  readonly sets: readonly SetSpec[];
  readonly dice: Dice;
  /** Only matches and targets that leave nothing to chance. */
  readonly known: boolean;
}

/** Makes the text of all tables for iptables-restore. */
export function makeRuleset(plan: RulesetPlan): string {
  const { dice } = plan;
  const guarded = dice.chance(0.5);
  const tables = TABLES.filter((table) => table === 'raw' || dice.chance(table === 'security' ? 0.4 : 0.85));
  return tables.map((table) => makeTable(plan, table, guarded)).join('');
}

function makeTable(plan: RulesetPlan, table: TableName, guarded: boolean): string {
  const { dice } = plan;
  const builtin: PlannedChain[] = BUILTIN_CHAINS[table].map((hook) => ({
    name: hook,
    hooks: [hook],
    builtin: hook,
  }));
  const user: PlannedChain[] = Array.from({ length: dice.below(5) }, (_, i) => ({
    name: `${dice.pick(['KUBE-', 'cali-', 'x.', 'u_', 'a:b'])}${table.slice(0, 3)}${i}`,
    hooks: dice.some(BUILTIN_CHAINS[table], 1),
    builtin: null,
  }));
  const lines = [...builtin, ...user].map((chain) =>
    chain.builtin === null ? `:${chain.name} - [0:0]` : `:${chain.name} ${policy(table, dice)} [0:0]`,
  );
  builtin.forEach((chain) => {
    const rules = makeRules(plan, table, chain, user);
    if (table === 'raw') {
      if (guarded && chain.name === 'OUTPUT') rules.unshift(GUARD_RULE);
      rules.splice(dice.below(Math.min(3, rules.length + 1)), 0, TRACE_RULE);
    }
    lines.push(...rules.map((rule) => `-A ${chain.name} ${rule}`));
  });
  user.forEach((chain, i) => {
    lines.push(...makeRules(plan, table, chain, user.slice(i + 1)).map((rule) => `-A ${chain.name} ${rule}`));
  });
  return `*${table}\n${lines.join('\n')}\nCOMMIT\n`;
}

function policy(table: TableName, dice: Dice): string {
  return table !== 'nat' && dice.chance(0.04) ? 'DROP' : 'ACCEPT';
}

function makeRules(
  plan: RulesetPlan,
  table: TableName,
  chain: PlannedChain,
  callable: readonly PlannedChain[],
): string[] {
  return Array.from({ length: plan.dice.between(0, MOST_RULES) }, () =>
    makeRule(plan, table, chain, callable),
  );
}

function makeRule(
  plan: RulesetPlan,
  table: TableName,
  chain: PlannedChain,
  callable: readonly PlannedChain[],
): string {
  const { text, protocol, conditions } = plan.dice.chance(LEAN)
    ? leanConditions(plan, table, chain)
    : fullConditions(plan, table, chain);
  return [text, ...conditions, makeTarget(plan, { ...plan, protocol }, table, chain, callable)]
    .filter((part) => part !== '')
    .join(' ');
}

interface Conditions {
  readonly text: string;
  readonly protocol: string | null;
  readonly conditions: readonly string[];
}

/** Share of the rules with one condition only: each kind of match gets its chance to decide. */
const LEAN = 0.3;

function leanConditions(plan: RulesetPlan, table: TableName, chain: PlannedChain): Conditions {
  const { dice, world, known } = plan;
  const makers = MATCHES.filter(
    (maker) => (maker.known || !known) && fits(maker, world.family, '', table, chain.hooks),
  );
  const maker = dice.chance(0.5) ? dice.pick(makers) : dice.weigh(makers);
  const protocol = maker.protocols === undefined ? null : dice.pick(maker.protocols);
  return {
    text: protocol === null ? '' : `-p ${protocol}`,
    protocol,
    conditions: [maker.make({ ...plan, protocol })],
  };
}

function fullConditions(plan: RulesetPlan, table: TableName, chain: PlannedChain): Conditions {
  const { dice, world, known } = plan;
  const { text, protocol } = headerConditions(plan, chain.builtin);
  const makers = MATCHES.filter(
    (maker) => (maker.known || !known) && fits(maker, world.family, protocol, table, chain.hooks),
  );
  const count = dice.pick(table === 'nat' ? [0, 0, 0, 1, 1, 2] : [0, 0, 0, 1, 1, 1, 2, 3]);
  const chosen = Array.from({ length: count }, () => dice.weigh(makers)).filter(isFirst);
  return { text, protocol, conditions: chosen.map((maker) => maker.make({ ...plan, protocol })) };
}

/** Some extensions may stand only once in a rule. */
function isFirst(maker: MatchMaker, i: number, all: readonly MatchMaker[]): boolean {
  return REPEATABLE.includes(maker.name) || all.findIndex(({ name }) => name === maker.name) === i;
}

const REPEATABLE = ['tcp', 'conntrack', 'comment', 'set'];

function makeTarget(
  plan: RulesetPlan,
  setting: Setting,
  table: TableName,
  chain: PlannedChain,
  callable: readonly PlannedChain[],
): string {
  const { dice, world } = plan;
  const within = callable.filter(({ hooks }) => chain.hooks.every((hook) => hooks.includes(hook)));
  if (within.length > 0 && dice.chance(0.3))
    return `${dice.chance(0.75) ? '-j' : '-g'} ${dice.pick(within).name}`;
  const makers = TARGETS.filter(
    (maker) =>
      (maker.known || !plan.known) && fits(maker, world.family, setting.protocol, table, chain.hooks),
  );
  // iptables refuses these two in nat, whatever the kernel says.
  const allowed = makers.filter(({ name }) => table !== 'nat' || (name !== 'DROP' && name !== 'NFQUEUE'));
  return dice.weigh(allowed).make(setting);
}
