/**
 * What is said to someone whose command worked and did not help: filters that choose no packet, files that are no
 * logs, a report that is too long for where it is to go. Says it, and changes nothing.
 */
import type { InputOptions } from '../io/index.ts';
import type { Selection } from '../report/index.ts';
import { isFolder, kindOfFile } from './folder.ts';

/** Of filters that chose none of the packets that there are; null if they chose any. */
export function emptyChoice({ nothing }: Selection): string | null {
  if (nothing === null) return null;
  const of = nothing.of === 1 ? 'the one packet is not' : `none of ${nothing.of} packets is`;
  const unmet = nothing.unmet.map((name) => `--${name}`).join(', none ');
  return `${of} chosen${unmet === '' ? '' : `: none fits ${unmet}`}`;
}

/** Characters that GitHub takes as a comment or an issue. */
const COMMENT = 65_536;

/** Of Markdown that cannot be pasted where it is mostly wanted; null if it can. */
export function tooLongToPaste(format: string, characters: number): string | null {
  if (format !== 'markdown' || characters <= COMMENT) return null;
  const is = characters.toLocaleString('en');
  return `${is} characters, and a comment on GitHub holds 65,536: attach it as a file, or choose packets (--status diverges, --walk 7, --src, …)`;
}

/** Of inputs without a TRACE line that are something else of ours: what to give them as. */
export async function otherKinds(logs: readonly string[], options: InputOptions): Promise<readonly string[]> {
  const hints: string[] = [];
  for (const path of logs) {
    if (path === '-' || (await isFolder(path))) continue;
    const kind = await kindOfFile(path, options);
    if (kind === 'rules') hints.push(`${path} holds rules and no log: give it by --rules`);
    if (kind === 'context') hints.push(`${path} holds context and no log: give it by --context`);
  }
  return hints;
}
