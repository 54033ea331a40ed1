/**
 * The samples of differences, told by the built program. UPDATE_SAMPLES=1 writes what it says as the new
 * expectation: look at the difference before you commit it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { differenceRecordSchema } from '../../src/report/diff-schema.ts';
import { READ, squeezed } from '../make/read-back.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const BIN = join(ROOT, 'dist/cli/bin.js');

const CAPTURES = ['before', 'after'];
const REHEARSAL =
  '--rules-a before/rules.save --rules-b after/rules.save -l before/syslog.log -c before'.split(' ');

function tell(name: string, args: readonly string[]) {
  const cwd = join(ROOT, 'samples', name);
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', TZ: 'UTC', LC_ALL: 'C' };
  return spawnSync(process.execPath, [BIN, 'diff', '-q', ...args], { cwd, env, encoding: 'utf8' });
}

function recordsOf(name: string, args: readonly string[]) {
  return tell(name, [...args, '-f', 'ndjson'])
    .stdout.trimEnd()
    .split('\n')
    .map((line) => differenceRecordSchema.parse(JSON.parse(line)));
}

describe.each(['diff-calico-policy', 'diff-inserted-rule'])('%s', (name) => {
  test.each([
    ['expected.txt', CAPTURES],
    ['expected.ndjson', [...CAPTURES, '-f', 'ndjson']],
    ['expected.md', [...CAPTURES, '-f', 'markdown']],
    ['expected.html', [...CAPTURES, '-f', 'html']],
    ['expected-rehearsal.txt', REHEARSAL],
  ])('%s', (file, args) => {
    const { status, stdout, stderr } = tell(name, args);
    const path = join(ROOT, 'samples', name, file);
    if (process.env['UPDATE_SAMPLES'] !== undefined) writeFileSync(path, stdout);
    expect([stdout, stderr, status]).toEqual([readFileSync(path, 'utf8'), '', 1]);
  });

  test('what was rehearsed is what came', () => {
    const opening = (args: readonly string[]): unknown =>
      recordsOf(name, args).flatMap((record) =>
        record.type !== 'flow-difference'
          ? []
          : record.ways.flatMap(({ packet, a, b, first }) =>
              a === null || b === null
                ? []
                : [[record.flow, packet, a.disposition, b.disposition, b.by, first?.a, first?.b]],
            ),
      );
    expect(opening(REHEARSAL)).toEqual(opening(CAPTURES));
  });

  test('each side goes as its own rules say, and is no different from itself', () => {
    for (const side of CAPTURES) {
      expect(tell(name, [side, '--expected']).status).toBe(0);
      expect(tell(name, [side, side]).status).toBe(0);
    }
  });

  test.each(['text', 'markdown', 'html'] as const)('tells in %s what its records say', (form) => {
    const facts = new Set<string>();
    for (const record of recordsOf(name, CAPTURES)) {
      if (record.type === 'rule-difference') {
        for (const rule of [record.a, record.b]) if (rule !== null) facts.add(squeezed(rule.text));
      } else if (record.type === 'set-difference') {
        for (const fact of [record.name, ...record.removed, ...record.added]) facts.add(fact);
      } else if (record.type === 'flow-difference') {
        facts.add(record.flow.src);
        for (const { packet, a, b, first } of record.ways) {
          facts.add(packet);
          if (a === null || b === null) continue;
          facts.add(a.disposition === b.disposition ? a.disposition : `${a.disposition} ⇒ ${b.disposition}`);
          for (const by of [a.by, b.by]) if (by !== null) facts.add(by.replace(':', ' '));
          for (const part of [first?.a, first?.b]) if (part?.text != null) facts.add(squeezed(part.text));
        }
      } else if (record.type === 'summary') {
        facts.add(`${record.packets.a} packets`).add(`${record.packets.b} packets`);
      }
    }
    expect(facts.size).toBeGreaterThan(8);
    const { stdout } = tell(name, [...CAPTURES, '-f', form]);
    const told = squeezed(READ[form](stdout));
    expect([...facts].filter((fact) => !told.includes(fact))).toEqual([]);
  });

  test('as one object and as a page', () => {
    const { differences, summary } = JSON.parse(tell(name, [...CAPTURES, '-f', 'json']).stdout);
    expect([...differences, summary]).toEqual(recordsOf(name, CAPTURES));
    const { stdout } = tell(name, [...CAPTURES, '-f', 'html']);
    expect(stdout).toContain('<!doctype html>');
    expect(stdout).toContain(
      name === 'diff-calico-policy' ? 'cali-pi-default.allow-web' : 'block the old replica',
    );
  });
});
