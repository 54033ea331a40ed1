/**
 * Groups of walks → the findings about packets that did not arrive: what stopped them, which packets those were, kind by
 * kind, and where they answer what was let through, which rules let answers through.
 */
import { dportOf, sportOf } from '../model/packet.ts';
import type { Ending } from '../model/prediction.ts';
import { protocolName } from '../model/protocol.ts';
import { type Rule, type Ruleset, tableOf } from '../model/ruleset.ts';
import type { Disposition, Step, Walk } from '../model/walk.ts';
import { counted, number } from './count.ts';
import type { Flows, Question } from './flows.ts';
import type { Group } from './groups.ts';
import { type Line, line, span, type TableBlock } from './outline.ts';
import { ENDING_WORDING } from './prediction-wording.ts';
import { ownText } from './rule-text.ts';
import {
  type Cluster,
  clusters,
  firstOf,
  ruleEvidence,
  rulePlace,
  stepEvidence,
  type Told,
  walkName,
} from './told.ts';
import { DISPOSITION_TONE, endpoint, finalPacket, packetKind } from './verdict.ts';

/** What to look at next, by how packets ended. */
const ADVICE: Readonly<Partial<Record<Disposition, string>>> = {
  dropped:
    'whether that rule is meant for these packets; if not, what an earlier rule lacks that should have accepted them',
  rejected:
    'whether that rule is meant for these packets; the sender got an error and may say so in its own log',
  queued:
    'the program that listens to the queue, and its verdict, which no line shows; where none listens, the kernel drops the packet, or lets it on with --queue-bypass',
  vanished:
    'routes (ip route get), rp_filter, forwarding (sysctl -a), and whether the packet is for this host: the kernel stopped it between two tables',
};

/** The same of packets that vanished, where the context tells why. */
const ENDING_ADVICE: Readonly<Partial<Record<Ending, string>>> = {
  'no-route': 'ip route get DESTINATION on this host: which route is missing',
  'blackhole-route': 'the route (ip route show table all), and who set it',
  'prohibit-route': 'the route (ip route show table all), and who set it',
  'unreachable-route': 'the route (ip route show table all), and who set it',
  'rp-filter': 'ip route get SOURCE on this host, and rp_filter (sysctl -a)',
  'forwarding-off':
    'net.ipv4.ip_forward, net.ipv6.conf.all.forwarding and those of the interfaces (sysctl -a)',
  'ttl-exceeded': 'whether the sender means so low a TTL (traceroute does), or packets run in a circle',
  'too-big': 'the MTU of the next link, and whether the ICMP error comes to the sender',
};

/** Kinds of packet that one finding lists. */
const MAX_KINDS = 10;
/** Rules for answers that one finding quotes. */
const MAX_RULES = 3;

/** Packets that did not arrive, by what stopped them. */
export function stops(groups: readonly Group[], ruleset: Ruleset | null, flows: Flows): readonly Told[] {
  return clusters(groups, causeOf).map((cluster) => toldStop(cluster, ruleset, flows));
}

/** Null: it arrived, or what stopped it is not this. */
function causeOf({ disposition, decidedBy, steps, check }: Walk): string | null {
  if (check.divergence !== null || ADVICE[disposition] === undefined) return null;
  // Where lines are missing, the log does not tell that it went no further.
  if (disposition === 'vanished' && check.missing.length > 0) return null;
  const step = (decidedBy === null ? undefined : steps[decidedBy]) ?? steps.at(-1);
  return JSON.stringify([
    disposition,
    step?.event.table,
    step?.event.chain,
    step?.event.number,
    check.ending,
  ]);
}

function toldStop(cluster: Cluster, ruleset: Ruleset | null, flows: Flows): Told {
  const { example, count } = cluster;
  const { disposition, steps, check } = example;
  const at = example.decidedBy ?? steps.length - 1;
  const step = steps[at];
  const place = step?.place;
  const kinds = kindsOf(cluster, flows);
  const [only] = kinds;
  const many = kinds.length > 1;
  return {
    tone: DISPOSITION_TONE[disposition],
    walk: example.n,
    title: line(
      `${counted(count, 'packet')}${many ? ` of ${kinds.length} kinds` : ''} `,
      span(DISPOSITION_TONE[disposition], disposition),
      whereText(example, step),
      firstOf(example, count),
      ...(many || only === undefined ? [] : [`, ${only.what} ${only.from} → ${only.to}`]),
    ),
    who: many ? whoTable(kinds) : null,
    evidence: [...stepEvidence(example, at), ...(place?.kind === 'rule' ? [ruleEvidence(place.rule)] : [])],
    condition: check.ending == null ? [] : line(ENDING_WORDING[check.ending]),
    notes: step === undefined || example.decidedBy === null ? [] : answerNotes(kinds, example, step, ruleset),
    next:
      disposition === 'dropped' && place?.kind === 'policy'
        ? policyAdvice(kinds, count, step?.event.chain ?? '')
        : ((check.ending == null ? undefined : ENDING_ADVICE[check.ending]) ?? ADVICE[disposition] ?? ''),
  };
}

function whereText({ decidedBy }: Walk, step: Step | undefined): string {
  if (step === undefined) return '';
  const { table, chain, number: rule } = step.event;
  if (decidedBy === null) return ` after ${step.hook} ${table}, no rule said so`;
  if (step.place.kind !== 'policy') return ` by ${table} ${chain}:${rule}`;
  const { source } = step.place.chain;
  return ` by the policy of ${table} ${chain}${source === null ? '' : ` (${source.file}:${source.line})`}`;
}

/** A policy is nobody's rule: what is missing is one before it. */
function policyAdvice(kinds: readonly Kind[], count: number, chain: string): string {
  if (kinds.every(({ question }) => question !== null)) {
    return `a rule of ${chain} that accepts answers, whatever their protocol, before its policy`;
  }
  const [who, them] =
    count === 1
      ? ['whether this packet is meant to pass: if so', 'it']
      : ['which of these packets are meant to pass: for those', 'them'];
  return `${who}, no rule of ${chain} accepted ${them} before its policy, so one is missing or asks too much (simulate --why-not RULE tells what it asks)`;
}

/** Packets with the same ends, whatever port the client chose. */
interface Kind {
  readonly example: Walk;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** What it answers, if that was let through. */
  readonly question: Question | null;
  count: number;
}

function kindsOf({ groups }: Cluster, flows: Flows): readonly Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { example, count } of groups) {
    const kind = kindOf(example, flows);
    const key = JSON.stringify([kind.what, kind.from, kind.to, example.host]);
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, { ...kind, count });
    else known.count += count;
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count || a.example.n - b.example.n);
}

function kindOf(example: Walk, flows: Flows): Omit<Kind, 'count'> {
  const { packet } = example;
  const { answers, question } = flows.questionOf(example);
  const [sport, dport] = [sportOf(packet), dportOf(packet)];
  const last = finalPacket(example.steps, packet);
  const to = endpoint(packet.dst.text, answers ? null : dport);
  const after = endpoint(last.dst.text, answers ? null : dportOf(last));
  const name = packet.protocol === null ? 'packet' : protocolName(packet.protocol);
  const what = packet.transport.kind === 'icmp' ? packetKind(packet, false) : name;
  return {
    example,
    what: answers && sport !== null ? `${what} answer` : what,
    from: endpoint(packet.src.text, answers ? sport : null),
    to: after === to ? to : `${to} → ${after}`,
    question: answers ? question : null,
  };
}

function whoTable(kinds: readonly Kind[]): TableBlock {
  const shown = kinds.slice(0, MAX_KINDS);
  const rest = kinds.slice(MAX_KINDS);
  const beyond = rest.reduce((sum, { count }) => sum + count, 0);
  return {
    kind: 'table',
    head: ['packets', '', 'from', 'to', 'first'],
    align: ['right', 'left', 'left', 'left', 'left'],
    rows: [
      ...shown.map(({ count, what, from, to, example }): readonly Line[] => [
        line(number(count)),
        line(what),
        line(from),
        line(to),
        walkName(example.n),
      ]),
      ...(rest.length === 0
        ? []
        : [[line(number(beyond)), [span('muted', `of ${counted(rest.length, 'more kind')}`)], [], [], []]]),
    ],
  };
}

/** That packets answer others that were let through, and which rules before let answers pass. */
function answerNotes(
  kinds: readonly Kind[],
  { steps, packet }: Walk,
  step: Step,
  ruleset: Ruleset | null,
): readonly Line[] {
  const answers = kinds.filter(({ question }) => question !== null);
  if (answers.length === 0) return [];
  const { table, chain } = step.event;
  const told = answers.slice(0, MAX_KINDS).map(({ example, question }): Line => {
    const n = question?.n ?? 0;
    return line(walkName(example.n), ' answers ', walkName(n), ', which was let through');
  });
  const chains = ruleset === null ? null : tableOf(ruleset, packet.family, table)?.chains;
  if (chains == null) return told;
  const passed = new Set([
    chain,
    ...steps
      .filter(({ hook, event }) => hook === step.hook && event.table === table)
      .map(({ event }) => event.chain),
  ]);
  const rules = [...passed].flatMap((name) => (chains.get(name)?.rules ?? []).filter(acceptsAnswers));
  if (rules.length === 0) {
    return [
      ...told,
      line(`no rule of ${table} ${chain} accepts answers, as `, span('code', ACCEPTS_ANSWERS), ' does'),
    ];
  }
  return [
    ...told,
    ...rules
      .slice(0, MAX_RULES)
      .map((rule) =>
        line(
          `${table} ${rule.chain}:${rule.number} accepts answers, but not these: `,
          span('code', ownText(rule)),
          span('muted', `  (${rulePlace(rule)})`),
        ),
      ),
  ];
}

const ACCEPTS_ANSWERS = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';

function acceptsAnswers({ matches, target }: Rule): boolean {
  return (
    target.kind === 'verdict' &&
    target.verdict === 'ACCEPT' &&
    matches.some(
      (match) =>
        match.kind === 'conntrack' &&
        match.states !== null &&
        match.states.value.includes('ESTABLISHED') !== match.states.not,
    )
  );
}
