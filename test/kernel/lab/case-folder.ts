/**
 * A case: rules, sets, addresses, routes and packets, and what the kernel made of them; as a folder of text
 * files that the program's commands read, and back.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Network, readNetwork } from './network.ts';
import { familyOf, type PacketLine } from './packet-line.ts';
import type { Played } from './play.ts';
import type { HostState } from './router.ts';
import type { Truth } from './truth.ts';

/** What a lab needs to play a case. */
export interface Case {
  readonly family: 4 | 6;
  readonly network: Network;
  /** Nothing that is delivered on the host is answered. */
  readonly mute?: boolean;
  /** Restore text of whole tables. */
  readonly rules: string;
  /** `ipset restore` text. */
  readonly sets: string;
  readonly packets: readonly PacketLine[];
}

export interface JudgedCase extends Case {
  readonly truth: readonly Truth[];
}

/** Reads a case folder. `truth` is empty if it has none. */
export function readCase(folder: string): JudgedCase {
  const text = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  const packets: PacketLine[] = readJsonLines(text('packets.jsonl'));
  const first = packets[0];
  return {
    family: first === undefined ? 4 : familyOf(first),
    network: readNetwork(text('ip-addr.txt'), text('ip-route.txt'), text('ip-rule.txt')),
    rules: text('rules.save'),
    sets: text('ipset.save'),
    packets,
    truth: readJsonLines(text('truth.jsonl')),
  };
}

/** The files of a played case: name → text. */
export function caseFiles(state: HostState, played: Played): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(state),
    ['packets.jsonl', jsonLines(played.packets)],
    ['truth.jsonl', jsonLines(played.truth)],
    ['trace.log', played.log.map((line) => `${line}\n`).join('')],
  ]);
}

/** Writes a case folder. */
export function writeCase(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
}

function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

function readJsonLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): T => JSON.parse(line));
}
