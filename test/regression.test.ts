/**
 * Cases in which the simulator or the check once differed from the kernel, shrunk and kept: the kernel's way is the
 * only predicted one (among the predicted ones where the name says chance), and the log agrees with the rules, from
 * the save and from the listing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { beyondTelling, judge } from './kernel/judge.ts';
import { readCase } from './kernel/lab/case-folder.ts';
import { check, predict } from './kernel/predict.ts';

function filesOf(folder: string): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')]));
}

const ROOT = new URL('regression', import.meta.url).pathname;

for (const name of readdirSync(ROOT)) {
  test.each(['rules.save', 'rules.list'])(`the log of ${name} agrees with %s`, async (rules) => {
    const folder = `${ROOT}/${name}`;
    const beyond = beyondTelling(readCase(folder));
    const diverging = await check(filesOf(folder), rules);
    expect(diverging.filter(({ line }) => !beyond.has(line))).toEqual([]);
  });

  test.each(['rules.save', 'rules.list'])(`${name} from %s`, (rules) => {
    const folder = `${ROOT}/${name}`;
    const files = filesOf(folder);
    const known = !name.includes('-chance-');
    expect(judge(readCase(folder), predict(files, rules), known)).toEqual([]);
  });
}
