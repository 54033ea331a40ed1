/**
 * The order in which files are read: those of one rotated set oldest first (`kern.log.2.gz`, `kern.log.1`,
 * `kern.log`; `messages-20240501.gz`, `messages`), sets and other files as they were given. Works on names alone.
 */
import { basename, dirname, join } from 'node:path';

const PACKED = /\.(?:gz|zst|xz|bz2|lz4|Z)$/;
/** logrotate's `dateext`, with or without hours or seconds; the name's own ending may follow it. */
const DATED = /^(.+?)[-.](\d{4}-?\d\d-?\d\d(?:[-T]?\d{2,10})?)(\.log)?$/;
/** `kern.log.1`, and with logrotate's `extension` `kern.1.log`; names that are addresses are no such. */
const NUMBERED = /^(.*[A-Za-z_].*?)\.(\d{1,4})(\.log)?$/;

interface Member {
  readonly path: string;
  readonly set: string;
  /** The greater, the older; 0 is the file that is being written. */
  readonly age: number;
  readonly date: string;
}

function memberOf(path: string): Member {
  const name = basename(path).replace(PACKED, '');
  const inFolder = (base: string): string => join(dirname(path), base);
  const dated = DATED.exec(name);
  if (dated !== null) {
    const [, base = '', date = '', ending = ''] = dated;
    return { path, set: inFolder(base + ending), age: 1, date: date.replace(/\D/g, '') };
  }
  const numbered = NUMBERED.exec(name);
  if (numbered !== null) {
    const [, base = '', number = '', ending = ''] = numbered;
    return { path, set: inFolder(base + ending), age: 1 + Number(number), date: '' };
  }
  return { path, set: inFolder(name), age: 0, date: '' };
}

/** Puts each set's files where its first one stands, oldest first. `-` is a set of its own. */
export function orderByAge(paths: readonly string[]): string[] {
  const sets = new Map<string, Member[]>();
  for (const path of paths) {
    const member = path === '-' ? { path, set: '-', age: 0, date: '' } : memberOf(path);
    const set = sets.get(member.set);
    if (set === undefined) sets.set(member.set, [member]);
    else set.push(member);
  }
  return [...sets.values()].flatMap((members) => members.sort(byAge).map(({ path }) => path));
}

/** Dates ascend, numbers descend, what has neither is the newest. */
function byAge(a: Member, b: Member): number {
  if (a.date !== '' && b.date !== '') return a.date < b.date ? -1 : a.date > b.date ? 1 : 0;
  return b.age - a.age;
}
