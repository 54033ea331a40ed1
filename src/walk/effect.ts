/**
 * What may come after a line, by what its rule does: rule → `Effect`. No condition is evaluated: an effect
 * says where the kernel can go from a rule that matched, never whether it matched.
 */
import type { TraceType } from '../model/event.ts';
import type { Match } from '../model/match.ts';
import type { Chain, Place, Rule, RulesetForm } from '../model/ruleset.ts';
import { loggedType } from '../model/ruleset.ts';
import type { Target } from '../model/target.ts';

/** Ways on from a line. A rule whose outcome is open (NFQUEUE, an unknown target) has several. */
export const WAY = {
  /** The next matching rule of the same chain. */
  next: 1,
  /** The first matching rule of the called chain, one deeper. */
  call: 2,
  /** The first matching rule of the called chain, on the same level. */
  goto: 4,
  /** Back to the caller; from a built-in chain, its policy. */
  back: 8,
  /** This table is done with the packet: the next table, or the next hook. */
  leave: 16,
  /** No further line of this packet. */
  end: 32,
  /** The table runs again from its first rule (NF_REPEAT after NFQUEUE). */
  again: 64,
  /** The ways that stay in the table. */
  stay: 1 | 2 | 4 | 8,
} as const;

/** A line's rule, as far as the walk needs it. */
export interface Effect {
  /** Sum of WAY. */
  readonly ways: number;
  /** The called chain's name, for `call` and `goto`; null: any user chain. */
  readonly callee: string | null;
  /** The word the kernel prints; null: any. */
  readonly word: TraceType | null;
  /** The word may be `rule` as well. */
  readonly alsoRule: boolean;
  readonly place: Place;
  /** The rule's target; null for a chain's end and where no rule is known. */
  readonly target: Target | null;
  /** Nothing is known but the kernel's word. */
  readonly open: boolean;
  /** The rule must change what later lines show, so that equal lines before and after speak against it. */
  readonly rewrites: boolean;
  /** The rule asks nothing but what a line shows: an equal packet cannot pass it by. */
  readonly plain: boolean;
  /** Bits of the mark that the rule tests. */
  readonly testsMark: number;
  /** Bits of the mark that the rule may write. */
  readonly writesMark: number;
}

const CONTINUES = WAY.next;

/** The ways of a target; a jump's callee is the target's own matter. */
function waysOf(target: Target): number {
  switch (target.kind) {
    case 'verdict':
      switch (target.verdict) {
        case 'ACCEPT':
          return WAY.leave;
        case 'DROP':
          return WAY.end;
        case 'RETURN':
          return WAY.back;
        case 'QUEUE':
          return WAY.leave | WAY.end | WAY.again;
      }
      break;
    case 'jump':
      return target.goto ? WAY.goto : WAY.call;
    case 'REJECT':
      return WAY.end;
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP':
    case 'TPROXY':
      return WAY.leave | WAY.end;
    case 'NFQUEUE':
      return WAY.leave | WAY.end | WAY.again;
    case 'SYNPROXY':
      return WAY.end | CONTINUES;
    case 'unknown':
      return target.why === 'chain'
        ? WAY.call | WAY.goto
        : CONTINUES | WAY.leave | WAY.end | (target.why === 'extension' ? WAY.again : 0);
    case 'none':
    case 'LOG':
    case 'NFLOG':
    case 'MARK':
    case 'CONNMARK':
    case 'CT':
    case 'SET':
    case 'TRACE':
    case 'TCPMSS':
    case 'DSCP':
    case 'TOS':
    case 'TTL':
    case 'TEE':
    case 'HMARK':
    case 'continue':
      return CONTINUES;
  }
}

/** Conditions on what a line shows. */
const PLAIN: ReadonlySet<Match['kind']> = new Set([
  'source',
  'destination',
  'in-interface',
  'out-interface',
  'protocol',
  'fragment',
  'comment',
  'tcp',
  'udp',
  'icmp',
  'multiport',
  'iprange',
  'mark',
  'mac',
  'dscp',
  'tos',
  'ttl',
  'length',
]);

function isPlain(rule: Rule): boolean {
  return rule.matches.every((match) => PLAIN.has(match.kind));
}

function rewrites(target: Target): boolean {
  return REWRITING.has(target.kind);
}

const REWRITING: ReadonlySet<Target['kind']> = new Set([
  'MARK',
  'TPROXY',
  'TTL',
  'TOS',
  'DSCP',
  'DNAT',
  'NETMAP',
]);

/** Whether the rule matches every packet, so that no line of a later rule of its chain can skip it. */
export function isCertain(rule: Rule): boolean {
  return !rule.damaged && rule.matches.every(isAlwaysTrue);
}

function isAlwaysTrue(match: Match): boolean {
  return match.kind === 'comment' || (match.kind === 'protocol' && match.number === 0 && !match.not);
}

/** The effect of an explicit rule. */
export function ruleEffect(rule: Rule, chain: Chain, form: RulesetForm): Effect {
  const place: Place = { kind: 'rule', rule, chain };
  if (rule.damaged) return { ...wordEffect('rule', place), word: null };
  const { target } = rule;
  const { type, alsoRule } = loggedType(rule, form);
  return {
    ways: waysOf(target),
    callee: target.kind === 'jump' ? target.chain : null,
    word: type,
    alsoRule,
    place,
    target,
    open: false,
    rewrites: rewrites(target),
    plain: isPlain(rule),
    testsMark: testedMarkBits(place),
    writesMark: writtenMarkBits(target),
  };
}

/** The bits of the mark that the rule of this place tests; 0 if it tests none. */
function testedMarkBits(place: Place): number {
  if (place.kind !== 'rule') return 0;
  let bits = 0;
  for (const match of place.rule.matches) if (match.kind === 'mark') bits |= match.mark.mask;
  return bits >>> 0;
}

/** The bits of the mark that a target may write. */
function writtenMarkBits(target: Target): number {
  switch (target.kind) {
    case 'MARK':
      return (target.mask | target.value) >>> 0;
    case 'TPROXY':
      return (target.mark.mask | target.mark.value) >>> 0;
    case 'CONNMARK':
      return target.operation === 'restore' ? (target.nfmask | target.ctmask) >>> 0 : 0;
    case 'SET':
      return target.action === 'map' && target.mapMark ? 0xffffffff : 0;
    case 'HMARK':
      return 0xffffffff;
    default:
      return 0;
  }
}

/** The effect of a chain's end: its policy, or the return to its caller. */
export function tailEffect(chain: Chain): Effect {
  if (!chain.builtin) return tailOrWord(WAY.back, 'return', { kind: 'return', chain }, false);
  const ways =
    chain.policy === 'DROP' ? WAY.end : chain.policy === 'ACCEPT' ? WAY.leave : WAY.leave | WAY.end;
  return tailOrWord(ways, 'policy', { kind: 'policy', chain }, false);
}

/**
 * The effect of a line of which only the kernel's word is known. `rule` is anything but an unconditional
 * verdict; `return` and `policy` are a chain's end or an unconditional verdict, which calls nothing and
 * after which nothing of its chain follows (a built-in chain's policy excepted).
 */
export function wordEffect(type: TraceType, place: Place): Effect {
  const ways =
    type === 'rule'
      ? WAY.next | WAY.call | WAY.goto | WAY.back | WAY.leave | WAY.end
      : WAY.back | WAY.leave | WAY.end;
  return tailOrWord(ways, type, place, true);
}

/** Of no rule's making. One literal for all: lines ask effects all the time. */
function tailOrWord(ways: number, word: TraceType, place: Place, open: boolean): Effect {
  return {
    ways,
    callee: null,
    word,
    alsoRule: false,
    place,
    target: null,
    open,
    rewrites: false,
    plain: false,
    testsMark: testedMarkBits(place),
    writesMark: 0,
  };
}
