/**
 * Packets as a person writes them, one JSON object a line (`packets.jsonl`) or `key=value …` (`--packet`) →
 * packet specs. What is left out is unknown, but for the mark (0) and the fragment (none). A
 * field that is not known, or whose value cannot be read, is passed over with a diagnostic; a line that is
 * no packet is one.
 */
import { type Diagnostic, diagnostic } from '../model/diagnostic.ts';
import type { PacketSpec } from '../model/packet-spec.ts';
import type { SourceRef } from '../model/source.ts';
import { NO_FAMILY, type Refusal, readFields } from './packet-field.ts';
import type { Value } from './packet-read.ts';

/** A packet, where it stands, and the number that it brought; null: none. */
export interface NumberedPacket {
  readonly n: number | null;
  readonly packet: PacketSpec;
  readonly at: SourceRef;
}

function refusalOf({ field, wants, near }: Refusal, at: SourceRef, line: string): Diagnostic {
  const { length } = field;
  return wants === null
    ? diagnostic('packet.field', at, { field, near }, line, length)
    : diagnostic('packet.value', at, { field, wants }, line, length);
}

function objectIn(line: string): { readonly [key: string]: Value } | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'no JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no JSON object';
  return Object.fromEntries(Object.entries(value));
}

/** Reads `packets.jsonl`: one packet a line, blank lines passed over. */
export function parsePackets(
  file: string,
  lines: readonly string[],
): { readonly packets: readonly NumberedPacket[]; readonly diagnostics: readonly Diagnostic[] } {
  const packets: NumberedPacket[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const at = { file, line: index + 1, column: 1 };
    const refuse = (why: string): void => {
      diagnostics.push(diagnostic('packet.refused', at, { why }, line, line.length));
    };
    const object = objectIn(line);
    if (typeof object === 'string') {
      refuse(object);
      continue;
    }
    const { packet, n } = readFields(Object.entries(object), (refusal) => {
      const column = line.indexOf(`${JSON.stringify(refusal.field)}`) + 2;
      diagnostics.push(refusalOf(refusal, { ...at, column }, line));
    });
    if (packet === null) refuse(NO_FAMILY);
    else packets.push({ n, packet, at });
  }
  return { packets, diagnostics };
}

/** Reads `in=eth0 src=… dst=… proto=tcp dport=80 flags=syn`; null: no packet. @param file how it is named */
export function parsePacket(
  text: string,
  file = '--packet',
): { readonly packet: NumberedPacket | null; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const at = { file, line: 1, column: 1 };
  const words = [...text.matchAll(/\S+/g)];
  const columns = new Map<string, number>();
  const entries = words.map(({ 0: word, index }): readonly [string, Value] => {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!columns.has(name)) columns.set(name, index + 1);
    return [name, equals < 0 ? '' : word.slice(equals + 1)];
  });
  const { packet, n } = readFields(entries, (refusal) => {
    const column = columns.get(refusal.field) ?? 1;
    diagnostics.push(refusalOf(refusal, { ...at, column }, text));
  });
  if (packet === null) {
    diagnostics.push(diagnostic('packet.refused', at, { why: NO_FAMILY }, text, text.length));
  }
  return { packet: packet === null ? null : { n, packet, at }, diagnostics };
}
