/** Captured folders as the simulator sees them: rules and context through their doors, packets, the truth. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseContext } from '../../src/context/index.ts';
import type { Context } from '../../src/model/context.ts';
import type { LoggedStep } from '../../src/model/oracle.ts';
import type { Ruleset } from '../../src/model/ruleset.ts';
import { parseRuleset, settleRuleset } from '../../src/ruleset/index.ts';
import { type NumberedPacket, parsePackets } from '../../src/simulate/index.ts';

export const CAPTURES = new URL('../data/captures', import.meta.url).pathname;
export const FORMS = ['rules.save', 'rules.list'] as const;
export type Form = (typeof FORMS)[number];

export function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n');
}

export function readRules(folder: string, form: Form): Ruleset {
  const file = join(folder, form);
  const draft = parseRuleset([{ file, lines: linesOf(file), table: null, family: null }]);
  return settleRuleset(draft, []).ruleset;
}

/** All context files of a folder; those left out count as not saved. */
export function readContext(folder: string, without: readonly string[] = []): Context {
  const names = ['ipset.save', 'ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt'];
  const files = names
    .filter((name) => !without.includes(name) && existsSync(join(folder, name)))
    .map((name) => ({ file: name, lines: linesOf(join(folder, name)) }));
  return parseContext(files).context;
}

export interface Case {
  readonly name: string;
  readonly folder: string;
  /** No chance and nothing unknown: one path each. */
  readonly deterministic: boolean;
}

export const FUZZ: readonly Case[] = readdirSync(join(CAPTURES, 'fuzz')).flatMap((kind) =>
  readdirSync(join(CAPTURES, 'fuzz', kind)).map((name) => ({
    name: `${kind}/${name}`,
    folder: join(CAPTURES, 'fuzz', kind, name),
    deterministic: kind.startsWith('deterministic'),
  })),
);

export function readPackets(folder: string): readonly NumberedPacket[] {
  return parsePackets('packets.jsonl', linesOf(join(folder, 'packets.jsonl'))).packets;
}

/** The kernel's steps of each packet, by its number. */
export function readTruth(folder: string): ReadonlyMap<number, readonly string[]> {
  const truth = new Map<number, readonly string[]>();
  for (const line of linesOf(join(folder, 'truth.jsonl'))) {
    if (line === '') continue;
    const walk: { n: number; error?: boolean; steps: string[] } = JSON.parse(line);
    if (walk.error !== true) truth.set(walk.n, walk.steps);
  }
  return truth;
}

export function namesOf(steps: readonly LoggedStep[]): string[] {
  return steps.map(({ table, chain, type, number }) => `${table}:${chain}:${type}:${number}`);
}
