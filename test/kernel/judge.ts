/**
 * Holds predictions against the truth of a case: every packet's kernel path must be the predicted one, or
 * among the predicted ones where something is left to chance. Counts what was exercised.
 */
import type { JudgedCase } from './lab/case-folder.ts';
import type { Left } from './lab/truth.ts';
import { parseRestore } from './restore-text.ts';

/** One predicted path: the steps, and the packet as it leaves; null if it does not. */
export interface PredictedWay {
  readonly steps: readonly string[];
  /** What it takes for granted. */
  readonly why: readonly string[];
  readonly left: { readonly [name in keyof Left]?: Left[name] | undefined } | null;
}

export interface PredictedPacket {
  readonly n: number;
  readonly ways: readonly PredictedWay[];
  /** More ways than were followed. */
  readonly more: boolean;
}

export interface Mismatch {
  readonly n: number;
  readonly kernel: { readonly steps: readonly string[]; readonly left: Left | null };
  readonly predicted: readonly PredictedWay[];
}

/**
 * The packets of which the kernel's way is not (or, where all is known, not the only) predicted one, in order.
 * `rules` is the save text: it says from where on packets are traced.
 */
export function judge(
  { truth, rules }: Pick<JudgedCase, 'truth' | 'rules'>,
  predicted: readonly PredictedPacket[],
  known: boolean,
): readonly Mismatch[] {
  const byNumber = new Map(predicted.map((packet) => [packet.n, packet]));
  const tracing = traceRules(rules);
  return truth
    .filter(({ error, copy }) => error !== true && copy !== true)
    .flatMap(({ n, steps, left = null }): Mismatch[] => {
      const { ways = [], more = false } = byNumber.get(n) ?? {};
      const right = ways.some((way) => isSame(way, steps, left, tracing));
      const certain = !known || ways.length === 1;
      return (right && certain) || (more && !known) ? [] : [{ n, kernel: { steps, left }, predicted: ways }];
    });
}

/** Place of the first rule of each built-in raw chain that switches tracing on for every packet of a case. */
function traceRules(rules: string): ReadonlyMap<string, number> {
  const raw = parseRestore(rules).find(({ name }) => name === 'raw')?.rules ?? [];
  return new Map(
    ['PREROUTING', 'OUTPUT'].map((chain) => {
      const own = raw.filter((rule) => rule.includes(`-A ${chain} `));
      return [chain, own.findIndex((rule) => rule.endsWith('-m tos --tos 0x04/0x04 -j TRACE')) + 1];
    }),
  );
}

function isSame(
  way: PredictedWay,
  steps: readonly string[],
  left: Left | null,
  tracing: ReadonlyMap<string, number>,
): boolean {
  const logged = steps.length === 0 && isUntraced(way.steps, tracing) ? [] : way.steps;
  if (logged.join() !== steps.join()) return false;
  if (left === null || way.left === null) return left === null || steps.length === 0;
  const names = Object.keys(left).filter((name): name is keyof Left => way.left !== null && name in way.left);
  return names.every((name) => way.left?.[name] === undefined || way.left[name] === left[name]);
}

/**
 * Whether these are the steps of a packet that was never traced, told as if it were: it left raw by a rule before
 * the one that traces. A traced packet's first steps come after that one.
 */
function isUntraced(steps: readonly string[], tracing: ReadonlyMap<string, number>): boolean {
  const [, hook = ''] =
    /^raw:(PREROUTING|OUTPUT):/.exec(steps.find((step) => BUILTIN_RAW.test(step)) ?? '') ?? [];
  const numbers = steps
    .filter((step) => step.startsWith(`raw:${hook}:`))
    .map((step) => Number(step.split(':').at(-1)));
  return numbers.some((number) => number < (tracing.get(hook) ?? 0));
}

const BUILTIN_RAW = /^raw:(?:PREROUTING|OUTPUT):\w+:\d+$/;

/**
 * The lines of the log with which walks begin that a check of it cannot hold against the rules: of packets whose
 * socket set a mark, and of errors about packets that no line shows.
 */
export function beyondTelling({
  truth,
  packets,
}: Pick<JudgedCase, 'truth' | 'packets'>): ReadonlySet<number> {
  const marked = new Set(packets.flatMap(({ n, mark = 0 }) => (mark === 0 ? [] : [n])));
  const shown = new Set(
    truth.flatMap(({ n, error, lines }) => (error !== true && lines.length > 0 ? [n] : [])),
  );
  return new Set(
    truth.flatMap(({ n, lines: [first] }) =>
      first !== undefined && (marked.has(n) || !shown.has(n)) ? [first] : [],
    ),
  );
}

/** How often rules with each match and target were loaded, and matched a packet. */
export class Exercise {
  readonly #counts = new Map<string, { loaded: number; matched: number }>();

  /** Counts a case's rules and the rules among its steps. */
  add({ rules, truth }: Pick<JudgedCase, 'rules' | 'truth'>): void {
    const byPlace = new Map<string, readonly string[]>();
    let table = '';
    const numbers = new Map<string, number>();
    for (const line of rules.split('\n')) {
      if (line.startsWith('*')) table = line.slice(1);
      const [, chain = '', rest = ''] = / -A (\S+) (.*)$/.exec(` ${line}`) ?? [];
      if (chain === '') continue;
      const number = (numbers.get(`${table}:${chain}`) ?? 0) + 1;
      numbers.set(`${table}:${chain}`, number);
      const parts = partsOf(rest);
      byPlace.set(`${table}:${chain}:${number}`, parts);
      for (const part of parts) this.#count(part).loaded++;
    }
    for (const { steps } of truth) {
      for (const step of steps) {
        const place = step.replace(/:(rule|return|policy):(\d+)$/, ':$2');
        for (const part of byPlace.get(place) ?? []) this.#count(part).matched++;
      }
    }
  }

  /** A table: per match and target, rules loaded and how often they matched a packet. */
  lines(): readonly string[] {
    const line = (name: string, loaded: number | string, matched: number | string): string =>
      `${name.padEnd(20)} ${String(loaded).padStart(8)} ${String(matched).padStart(8)}`;
    const counts = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      line('', 'loaded', 'matched'),
      ...counts.map(([name, { loaded, matched }]) => line(name, loaded, matched)),
    ];
  }

  #count(part: string): { loaded: number; matched: number } {
    let count = this.#counts.get(part);
    if (count === undefined) {
      count = { loaded: 0, matched: 0 };
      this.#counts.set(part, count);
    }
    return count;
  }
}

function partsOf(rule: string): readonly string[] {
  const parts = [...rule.matchAll(/(?:^| )-m (\S+)/g)].map(([, name = '']) => `-m ${name}`);
  const target = /(?:^| )-([jg]) (\S+)/.exec(rule);
  const header = [...rule.matchAll(/(?:^| )-([sdiopf]) /g)].map(([, option = '']) => `-${option}`);
  const jump = target !== null && !/^[A-Z]{3,}\d*$/.test(target[2] ?? '');
  const name =
    target === null ? 'no target' : jump ? (target[1] === 'g' ? 'goto' : 'jump') : `-j ${target[2]}`;
  return [...new Set([...header, ...parts, name])];
}
