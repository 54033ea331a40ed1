/**
 * Walks as they pass → how often each rule matched, which chains were entered. From that: the rules that no
 * packet matched, and the shares in which rules of chance (`statistic`) were taken.
 */
import { TABLES } from '../model/hook.ts';
import type { Match } from '../model/match.ts';
import type { Chain, Rule, Ruleset, Table } from '../model/ruleset.ts';
import { type Target, targetName } from '../model/target.ts';
import type { Walk } from '../model/walk.ts';
import { counted, number } from './count.ts';
import { type Block, type Line, line, span } from './outline.ts';
import { ownText } from './rule-text.ts';
import { endpoint } from './verdict.ts';

const SHOWN_CHAINS = 60;
const SHOWN_CHOICES = 60;
/** Names of chains that a line lists. */
const NAMED_CHAINS = 40;
/** Standard deviations beyond which a share is no longer chance: 1 in 370 for one choice. */
const UNLIKELY = 3;

export class Reach {
  private readonly matched = new Map<Rule, number>();
  private readonly entered = new Set<Chain>();

  add({ steps }: Walk): void {
    for (const { place } of steps) {
      if (place.kind === 'missing' || place.kind === 'ungiven') continue;
      this.entered.add(place.chain);
      if (place.kind === 'rule') this.matched.set(place.rule, (this.matched.get(place.rule) ?? 0) + 1);
    }
  }

  /** How often a rule matched. */
  countOf(rule: Rule): number {
    return this.matched.get(rule) ?? 0;
  }

  isEntered(chain: Chain): boolean {
    return this.entered.has(chain);
  }
}

/** Rules that matched none of the packets, by table; chains that none entered are named together. */
export function unreachedBlocks(ruleset: Ruleset, reach: Reach): readonly Block[] {
  const tables = [...ruleset.tables].sort((a, b) => rank(a) - rank(b));
  const rows: (readonly Line[])[] = [];
  const closed: Line[] = [];
  let more = 0;
  for (const table of tables) {
    const name = `${table.family === 'ipv6' ? 'ipv6 ' : ''}${table.name}`;
    const never = [...table.chains.values()].filter(
      (chain) => chain.rules.length > 0 && !reach.isEntered(chain),
    );
    for (const chain of table.chains.values()) {
      if (!reach.isEntered(chain)) continue;
      const rules = logged(chain).filter((rule) => reach.countOf(rule) === 0);
      if (rules.length === 0) continue;
      if (rows.length >= SHOWN_CHAINS) more += 1;
      else
        rows.push([
          line(name),
          line(chain.name),
          line(spans(rules)),
          line(number(rules.length), ` of ${number(chain.rules.length)}`),
        ]);
    }
    if (never.length > 0) closed.push(neverLine(name, never));
  }
  if (rows.length === 0 && closed.length === 0) return [];
  return [
    { kind: 'heading', text: line('Rules that none of these packets matched'), id: 'unmatched' },
    ...(rows.length === 0
      ? []
      : [
          {
            kind: 'table',
            head: ['table', 'chain', 'rules', 'how many'],
            align: ['left', 'left', 'left', 'right'],
            rows,
          } satisfies Block,
        ]),
    ...(more > 0
      ? [{ kind: 'paragraph', text: line(`and some in ${counted(more, 'more chain')}`) } satisfies Block]
      : []),
    ...(closed.length === 0 ? [] : [{ kind: 'list', items: closed } satisfies Block]),
  ];
}

function neverLine(table: string, chains: readonly Chain[]): Line {
  const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0);
  const names = chains.slice(0, NAMED_CHAINS).map((chain) => chain.name);
  const more = chains.length - names.length;
  return line(
    span('strong', table),
    `: ${counted(chains.length, 'chain')} with ${counted(rules, 'rule')} never entered: ${names.join(', ')}`,
    more > 0 ? ` and ${number(more)} more` : '',
  );
}

function rank(table: Table): number {
  return (table.family === 'ipv4' ? 0 : TABLES.length) + TABLES.indexOf(table.name);
}

/** Without what the log cannot show: the rule that switches tracing on prints nothing, nor do those before it. */
function logged({ rules }: Chain): readonly Rule[] {
  return rules.slice(rules.findLastIndex(({ target }) => target.kind === 'TRACE') + 1);
}

/** `1–3, 7`. */
function spans(rules: readonly Rule[]): string {
  const parts: { from: number; to: number }[] = [];
  for (const rule of rules) {
    const last = parts.at(-1);
    if (last !== undefined && last.to === rule.number - 1) last.to = rule.number;
    else parts.push({ from: rule.number, to: rule.number });
  }
  return parts.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

/** One rule of a chain that distributes by chance or in turn. */
interface Choice {
  readonly rule: Rule;
  /** Share of the packets that come to the choice. */
  readonly share: number;
  readonly inTurn: boolean;
}

/** The chains that distribute packets, with what was really chosen. */
export function choiceBlocks(ruleset: Ruleset, reach: Reach): readonly Block[] {
  const rows: (readonly Line[])[] = [];
  let more = 0;
  for (const table of ruleset.tables) {
    const services = servicesOf(table);
    for (const chain of table.chains.values()) {
      if (!reach.isEntered(chain)) continue;
      const choices = choicesOf(chain);
      const total = choices.reduce((sum, { rule }) => sum + reach.countOf(rule), 0);
      if (total === 0) continue;
      for (const choice of choices) {
        if (rows.length >= SHOWN_CHOICES) more += 1;
        else
          rows.push([
            line(services.get(chain.name) ?? ''),
            ...choiceCells(table, choice, reach.countOf(choice.rule), total),
          ]);
      }
    }
  }
  if (rows.length === 0) return [];
  return [
    { kind: 'heading', text: line('Endpoints that were chosen'), id: 'endpoints' },
    {
      kind: 'table',
      head: ['service', 'chain', 'endpoint', 'chosen', 'expected', 'says'],
      align: ['left', 'left', 'left', 'right', 'right', 'left'],
      rows,
    },
    ...(more > 0
      ? [{ kind: 'paragraph', text: line(`and ${counted(more, 'more choice')}`) } satisfies Block]
      : []),
  ];
}

function choiceCells(
  table: Table,
  { rule, share, inTurn }: Choice,
  count: number,
  total: number,
): readonly Line[] {
  return [
    line(`${rule.chain}:${rule.number}`),
    line(endpointOf(table, rule.target) ?? ownText(rule)),
    line(`${number(count)} of ${number(total)}`),
    line(`${inTurn ? 'in turn, ' : ''}${percent(share)}`),
    verdictOf(count, total, share),
  ];
}

function verdictOf(count: number, total: number, share: number): Line {
  if (share <= 0 || share >= 1) return [];
  if (Math.min(total * share, total * (1 - share)) < 5) return [span('muted', 'too few to tell from chance')];
  const deviation = Math.abs(count - total * share) / Math.sqrt(total * share * (1 - share));
  return deviation > UNLIKELY
    ? [span('warn', `hardly by chance (${deviation.toFixed(1)} standard deviations)`)]
    : [span('good', 'as chance would have it')];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;
}

/** The rules from the first that asks `statistic` on, as long as nothing but chance parts them. */
function choicesOf(chain: Chain): readonly Choice[] {
  const first = chain.rules.findIndex((rule) => rule.matches.some(isChance));
  if (first < 0) return [];
  const choices: Choice[] = [];
  let left = 1;
  for (const rule of chain.rules.slice(first)) {
    const chance = rule.matches.find(isChance);
    const probability = chance === undefined ? 1 : probabilityOf(chance);
    if (rule.target.kind === 'none' || rule.target.kind === 'verdict') break;
    choices.push({ rule, share: left * probability, inTurn: chance?.kind === 'statistic-nth' });
    left *= 1 - probability;
    if (chance === undefined) break;
  }
  return choices.length > 1 ? choices : [];
}

type Chance = Extract<Match, { readonly kind: 'statistic-random' | 'statistic-nth' }>;

function isChance(match: Match): match is Chance {
  return match.kind === 'statistic-random' || match.kind === 'statistic-nth';
}

function probabilityOf(chance: Chance): number {
  const plain = chance.kind === 'statistic-random' ? chance.probability : 1 / Math.max(1, chance.every);
  return chance.not ? 1 - plain : plain;
}

/** Chain → what the first rule that calls it, and has a comment, calls it. */
function servicesOf(table: Table): ReadonlyMap<string, string> {
  const services = new Map<string, string>();
  for (const { rules } of table.chains.values()) {
    for (const { target, matches } of rules) {
      if (target.kind !== 'jump' || services.has(target.chain)) continue;
      const comment = matches.find((match) => match.kind === 'comment');
      if (comment?.kind === 'comment') services.set(target.chain, comment.text.replace(/:$/, ''));
    }
  }
  return services;
}

/** Where a choice leads: the DNAT target of its chain, or its own. */
function endpointOf(table: Table, target: Target): string | null {
  const own = destination(target);
  if (own !== null) return own;
  if (target.kind !== 'jump') return targetName(target);
  for (const rule of table.chains.get(target.chain)?.rules ?? []) {
    const found = destination(rule.target);
    if (found !== null) return found;
  }
  return target.chain;
}

function destination(target: Target): string | null {
  if (target.kind !== 'DNAT' || target.addresses === null) return null;
  const { addresses, ports } = target;
  const range =
    addresses.from.text === addresses.to.text
      ? addresses.from.text
      : `${addresses.from.text}-${addresses.to.text}`;
  const port =
    ports === null ? null : ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`;
  return endpoint(range, port);
}
