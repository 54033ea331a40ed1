/** The published JSON Schemas take what the commands print, as a whole and line by line, and nothing else. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { run } from '../make/stdio.ts';

const SAMPLES = new URL('../../samples', import.meta.url).pathname;
const BEFORE = join(SAMPLES, 'diff-inserted-rule/before');
const AFTER = join(SAMPLES, 'diff-inserted-rule/after');
const PACKET = 'in=cali84b7d149337 src=10.200.77.209 dst=10.96.0.10 proto=tcp sport=40000 dport=80 flags=syn';
const WHY = ['--why-not', 'filter:FORWARD:1', '--why-not', 'nat:KUBE-SEP-C2CJXADOEYLTPJIY:1'];

type Schema = Parameters<typeof z.fromJSONSchema>[0];

async function schemaOf(name: string): Promise<{ readonly [key: string]: unknown }> {
  const { out, code } = await run(['schema', name]);
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe.each([
  ['analysis', [BEFORE]],
  ['difference', ['diff', BEFORE, AFTER]],
  ['simulation', ['simulate', '-r', BEFORE, '-c', BEFORE, '-p', PACKET]],
])('%s', (name, args) => {
  test('as a whole', async () => {
    const schema = z.fromJSONSchema((await schemaOf(name)) as Schema);
    const { out } = await run([...args, '-q', '-f', 'json']);
    const printed = JSON.parse(out);
    expect(schema.safeParse(printed).error).toBeUndefined();
    expect(schema.safeParse({ ...printed, diagnostics: 'none' }).success).toBe(false);
    expect(schema.safeParse({ ...printed, summary: { ...printed.summary, type: 'sum' } }).success).toBe(
      false,
    );
  });

  test('line by line', async () => {
    const { $defs } = await schemaOf(name);
    const { record } = $defs as { readonly record: object };
    const schema = z.fromJSONSchema({ ...record, $defs } as Schema);
    const { out } = await run([...args, '-q', '-f', 'ndjson']);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(schema.safeParse(JSON.parse(line)).error).toBeUndefined();
    expect(schema.safeParse({ type: 'other' }).success).toBe(false);
  });
});

test('answers to --why-not, which hold answers about the callers', async () => {
  const schema = z.fromJSONSchema((await schemaOf('simulation')) as Schema);
  const args = ['simulate', '-q', '-r', BEFORE, '-c', BEFORE, '-p', PACKET, ...WHY, '-f', 'json'];
  const { out, err } = await run(args);
  expect(err).toBe('');
  const printed = JSON.parse(out);
  expect(printed.predictions[0].whyNot).toHaveLength(2);
  expect(schema.safeParse(printed).error).toBeUndefined();
});
