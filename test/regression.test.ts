/**
 * Cases in which the simulator once differed from the kernel, shrunk and kept: the kernel's way is the only
 * predicted one (among the predicted ones where the name says chance), from the save and from the listing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judge } from './kernel/judge.ts';
import { readCase } from './kernel/lab/case-folder.ts';
import { predict } from './kernel/predict.ts';

const ROOT = new URL('regression', import.meta.url).pathname;

for (const name of readdirSync(ROOT)) {
  test.each(['rules.save', 'rules.list'])(`${name} from %s`, (rules) => {
    const folder = `${ROOT}/${name}`;
    const files = new Map(
      readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, 'utf8')]),
    );
    const known = !name.includes('-chance-');
    expect(judge(readCase(folder), predict(files, rules), known)).toEqual([]);
  });
}
