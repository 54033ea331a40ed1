/**
 * What is said to someone whose command worked but answered nothing: filters that choose no packet, files that
 * are no logs. Says it, and changes nothing.
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
