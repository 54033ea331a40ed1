/** The captured hosts of test/data: log, rules in both forms, context, and packets where some were sent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CAPTURES = new URL('../data/captures', import.meta.url).pathname;

export interface Folder {
  readonly name: string;
  readonly log: string;
  readonly save: string;
  readonly list: string;
  /** `packets.jsonl`; empty if there is none. */
  readonly packets: string;
  readonly context: readonly (readonly [string, string])[];
}

const CONTEXT = ['ipset.save', 'ip-addr.txt', 'ip-route.txt', 'ip-rule.txt', 'conntrack.txt'];

let known: readonly Folder[] | null = null;

export function folders(): readonly Folder[] {
  known ??= foldersUnder('');
  return known;
}

function foldersUnder(name: string): Folder[] {
  const path = join(CAPTURES, name);
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const inside = entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => foldersUnder(join(name, entry.name)));
  const log = entries.find((entry) => /^(?:trace|syslog)\.log$/.test(entry.name));
  if (log === undefined || !existsSync(join(path, 'rules.save'))) return inside;
  const text = (file: string): string => {
    const at = join(path, file);
    return existsSync(at) ? readFileSync(at, 'utf8') : '';
  };
  const folder = {
    name,
    log: text(log.name),
    save: text('rules.save'),
    list: text('rules.list'),
    packets: text('packets.jsonl'),
    context: CONTEXT.map((file) => [file, text(file)] as const).filter(([, content]) => content !== ''),
  };
  return [folder, ...inside];
}
