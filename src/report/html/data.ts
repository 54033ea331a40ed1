/**
 * The list of all walks → the data that the page's script reads: one column of numbers for each field, texts
 * once. JSON that no text in it can leave.
 */

import { dportOf, isReply, sportOf } from '../../model/packet.ts';
import { visible } from '../../text/escape.ts';
import type { Group } from '../groups.ts';
import { likenessOf } from '../packet-list.ts';
import type { Postmortem } from '../postmortem.ts';
import { DISPOSITION_TONE, endpoint, outcome, packetKind } from '../verdict.ts';

/** The JSON text, safe inside a script element. */
export function rowsJson(report: Postmortem): string {
  const index = new Map<Group, number>(report.walks.map(({ group }, i) => [group, i]));
  const times = new Texts();
  const files = new Texts();
  const rows = {
    n: [] as number[],
    g: [] as number[],
    port: [] as (number | null)[],
    id: [] as (number | null)[],
    when: [] as number[],
    file: [] as number[],
    line: [] as number[],
    alone: {} as Record<number, string>,
  };
  report.rows.forEach((row, i) => {
    const at = row.place.lastIndexOf(':');
    rows.n.push(row.n);
    rows.g.push(row.group === null ? -1 : (index.get(row.group) ?? -1));
    rows.port.push(row.port);
    rows.id.push(row.id);
    rows.when.push(times.indexOf(row.when));
    rows.file.push(files.indexOf(row.place.slice(0, at)));
    rows.line.push(Number(row.place.slice(at + 1)));
    if (row.alone !== '') rows.alone[i] = visible(row.alone);
  });
  const groups = report.walks.map(({ group }) => groupData(group));
  const text = JSON.stringify({ groups, times: times.list, files: files.list, rows });
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Texts, each once. */
class Texts {
  readonly list: string[] = [];
  private readonly known = new Map<string, number>();

  indexOf(text: string): number {
    let found = this.known.get(text);
    if (found === undefined) {
      found = this.list.push(visible(text)) - 1;
      this.known.set(text, found);
    }
    return found;
  }
}

function groupData(group: Group) {
  const { example } = group;
  const { packet, steps, disposition, check } = example;
  const answers = isReply(packet);
  // The star is the port that tells the walks of a group apart.
  const src = endpoint(packet.src.text, sportOf(packet) === null ? null : answers ? sportOf(packet) : '*');
  const dst = endpoint(packet.dst.text, dportOf(packet) === null ? null : answers ? '*' : dportOf(packet));
  const who = visible(`${src} → ${dst}`);
  const kind = visible(likenessOf(group)?.kind ?? packetKind(packet));
  const how = outcome(example, answers)
    .map(({ text }) => text)
    .join('');
  const chains = [...new Set(steps.map(({ event }) => `${event.table}:${event.chain}`))].join(' ');
  const host = visible(example.host ?? '');
  return {
    n: example.n,
    who,
    kind,
    host,
    how: disposition,
    tone: DISPOSITION_TONE[disposition],
    status: check.status,
    text: visible(`${who.replace('*', '')} ${kind} ${how} ${check.status} ${host} ${chains}`),
  };
}
