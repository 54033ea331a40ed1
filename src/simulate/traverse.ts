/**
 * One table at one hook: ipt_do_table (net/ipv4/netfilter/ip_tables.c). A jump pushes its rule, a goto does
 * not; RETURN and a chain's end pop, on an empty stack they go to the policy; conditions are asked in order
 * and only as far as needed.
 */
import type { Hook } from '../model/hook.ts';
import type { LoggedStep } from '../model/oracle.ts';
import type { Ending } from '../model/prediction.ts';
import type { Rule } from '../model/ruleset.ts';
import { doubt, HOTDROP, isDoubt, type Outcome } from './ask.ts';
import { applyEffect, evaluateMatch } from './matches/index.ts';
import type { ReadyChain, ReadyRule, ReadyTable } from './program.ts';
import type { Run } from './run.ts';
import { applyTarget } from './targets/index.ts';

export type TableResult =
  | { readonly kind: 'accept' }
  | {
      readonly kind: 'end';
      readonly disposition: 'dropped' | 'rejected' | 'queued';
      readonly ending: Ending | null;
      /** The line that decided; null: the packet died without one. */
      readonly decidedBy: LoggedStep | null;
    };

/** More jumps than any rule set makes that somebody loads: chains that call the next twice double them. */
const MOST_JUMPS = 20_000;
/** NF_REPEAT by one queue, at most. */
const MOST_REPEATS = 2;

interface Frame {
  readonly chain: ReadyChain;
  /** Where it goes on. */
  readonly at: number;
}

export interface Listener {
  /** The kernel would print this line. */
  readonly log: (step: LoggedStep) => void;
  /** Told when the run of a chain comes by this rule, be it only to skip it. Null: nobody asks. */
  readonly watch: { readonly rule: Rule; readonly pass: (run: Run) => void } | null;
}

/** Settles one condition: asks until it is known. */
function settle(run: Run, match: ReadyRule['rule']['matches'][number]): boolean | typeof HOTDROP {
  for (;;) {
    const outcome = evaluateMatch(match, run);
    if (!isDoubt(outcome)) return outcome;
    const known = run.ask.answered(outcome);
    if (known !== undefined) return known;
    run.ask.decide(outcome, { rule: run.rule, match });
    if (run.ask.died(outcome)) return HOTDROP;
  }
}

/** In the kernel's order, with what each look does. */
function matchInOrder(run: Run, { rule }: ReadyRule): boolean | typeof HOTDROP {
  for (const match of rule.matches) {
    run.match = match;
    const outcome = settle(run, match);
    if (outcome === HOTDROP) return HOTDROP;
    applyEffect(match, run, outcome);
    if (!outcome) return false;
  }
  return true;
}

/** Nothing is asked about a rule that certainly does not match. */
function matchRule(run: Run, ready: ReadyRule): boolean | typeof HOTDROP {
  const { rule } = ready;
  if (ready.effects) return matchInOrder(run, ready);
  let open = false;
  for (const match of rule.matches) {
    run.match = match;
    const outcome: Outcome = evaluateMatch(match, run);
    if (outcome === false) return false;
    if (outcome === HOTDROP) {
      if (!open) return HOTDROP;
      break;
    }
    if (isDoubt(outcome)) {
      const known = run.ask.answered(outcome);
      if (known === false) return false;
      if (known === undefined) open = true;
    }
  }
  return open ? matchInOrder(run, ready) : true;
}

/** A rule that could not be read: it may do anything, so whether it matched is asked. */
function matchDamaged(run: Run, { rule }: ReadyRule): boolean {
  const place = `${rule.table}:${rule.chain}:${rule.number}`;
  return run.ask.decide(
    doubt({
      kind: 'packet',
      key: `damaged ${place} ${run.visit}`,
      unknown: 'the rule could not be read',
      yes: `the rule ${place}, which could not be read, matched`,
      no: `the rule ${place}, which could not be read, did not match`,
    }),
    { rule, match: null },
  );
}

function stepOf(hook: Hook, ready: ReadyRule, depth: number): LoggedStep {
  const { rule, type, alsoRule } = ready;
  return { hook, table: rule.table, chain: rule.chain, type, alsoRule, number: rule.number, rule, depth };
}

function tailOf(hook: Hook, { chain, rules }: ReadyChain, run: Run, depth: number): LoggedStep {
  return {
    hook,
    table: run.table,
    chain: chain.name,
    type: chain.builtin ? 'policy' : 'return',
    alsoRule: false,
    number: rules.length + 1,
    rule: null,
    depth,
  };
}

function policyOf(chain: ReadyChain, run: Run): 'ACCEPT' | 'DROP' {
  const { policy, name } = chain.chain;
  if (policy !== null) return policy;
  const accepts = doubt({
    kind: 'host',
    key: `policy ${run.table} ${name}`,
    scope: 'host',
    unknown: 'the policy was not given',
    yes: `the policy of ${run.table}:${name} is ACCEPT`,
    no: `the policy of ${run.table}:${name} is DROP`,
  });
  return run.ask.decide(accepts, { rule: null, match: null }) ? 'ACCEPT' : 'DROP';
}

/** Runs the table's chain of this hook over the packet. */
export function traverse(table: ReadyTable, hook: Hook, run: Run, listener: Listener): TableResult {
  for (let repeats = 0; ; repeats++) {
    const result = traverseOnce(table, hook, run, listener);
    if (result !== 'repeat') return result;
    if (repeats >= MOST_REPEATS)
      return { kind: 'end', disposition: 'queued', ending: 'rules-loop', decidedBy: null };
  }
}

function traverseOnce(
  table: ReadyTable,
  hook: Hook,
  run: Run,
  { log, watch }: Listener,
): TableResult | 'repeat' {
  const base = table.chain(hook);
  run.form = table.table.form;
  if (base === null) return { kind: 'accept' };
  const stack: Frame[] = [];
  let chain = base;
  let at = 0;
  let jumps = 0;
  // No loaded rules go in circles (mark_source_chains in ip_tables.c): a chain is on the stack once at most.
  const chains = table.table.chains.size;
  let gotos = 0;
  for (;;) {
    const next = chain.index?.next(run.skb, at) ?? at;
    if (watch !== null && chain.chain.name === watch.rule.chain && table.table.name === watch.rule.table) {
      const place = watch.rule.number - 1;
      if (place >= at && place <= next) watch.pass(run);
    }
    at = next;
    const ready = chain.rules[at];
    if (ready === undefined) {
      const tail = tailOf(hook, chain, run, stack.length);
      run.rule = null;
      log(tail);
      if (chain === base) {
        return policyOf(chain, run) === 'ACCEPT'
          ? { kind: 'accept' }
          : { kind: 'end', disposition: 'dropped', ending: null, decidedBy: tail };
      }
      const frame = stack.pop();
      chain = frame?.chain ?? base;
      at = frame?.at ?? base.rules.length;
      gotos = 0;
      continue;
    }
    run.rule = ready.rule;
    run.visit++;
    const matched = ready.rule.damaged ? matchDamaged(run, ready) : matchRule(run, ready);
    if (matched === HOTDROP)
      return { kind: 'end', disposition: 'dropped', ending: 'hot-drop', decidedBy: null };
    at++;
    if (!matched) continue;
    const step = stepOf(hook, ready, stack.length);
    log(step);
    const action = applyTarget(ready.rule.target, run);
    switch (action.kind) {
      case 'continue':
        break;
      case 'accept':
        return { kind: 'accept' };
      case 'repeat':
        return 'repeat';
      case 'end':
        return { ...action, decidedBy: step };
      case 'return': {
        const frame = stack.pop();
        chain = frame?.chain ?? base;
        at = frame?.at ?? base.rules.length;
        gotos = 0;
        break;
      }
      case 'jump': {
        const called = table.chain(action.chain);
        if (called === null || ++jumps > MOST_JUMPS || stack.length > chains || gotos > chains) {
          return { kind: 'end', disposition: 'dropped', ending: 'rules-loop', decidedBy: step };
        }
        if (action.goto) gotos++;
        else {
          stack.push({ chain, at });
          gotos = 0;
        }
        chain = called;
        at = 0;
        break;
      }
    }
  }
}
