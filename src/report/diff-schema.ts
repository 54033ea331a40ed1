/**
 * What `trace-analyze diff --format ndjson` and `json` print, as zod schemas. Objects are loose: fields may be added, never
 * renamed. Importing this loads zod: only what validates imports it.
 */
import { z } from 'zod';
import { CHANGED_FIELDS, FLOW_STATUSES, RULE_CHANGES } from '../model/difference.ts';
import { HOOKS, TABLES } from '../model/hook.ts';
import { DISPOSITIONS } from '../model/walk.ts';
import { diagnosticSchema } from './schema.ts';

const count = z.int().min(0);
const family = z.enum(['ipv4', 'ipv6']);
const table = z.enum(TABLES);
const stepName = z.string().regex(/^(?:raw|mangle|nat|filter|security):.+:(?:rule|return|policy):[1-9]\d*$/);
const source = z.looseObject({ file: z.string(), line: z.int().min(1) });
const sides = z.looseObject({ a: count, b: count });

const rule = z.looseObject({ rule: z.int().min(1), text: z.string(), source });
const chain = z.looseObject({ policy: z.string().nullable(), rules: count });

const tableDifference = z.looseObject({
  type: z.literal('table-difference'),
  kind: z.enum(['removed', 'added', 'ungiven']),
  family,
  table,
});

const chainDifference = z.looseObject({
  type: z.literal('chain-difference'),
  kind: z.enum(['removed', 'added', 'policy']),
  family,
  table,
  chain: z.string(),
  a: chain.nullable(),
  b: chain.nullable(),
});

/** `parts`: of a changed rule, the options that only one side has. */
const ruleDifference = z.looseObject({
  type: z.literal('rule-difference'),
  kind: z.enum(RULE_CHANGES),
  family,
  table,
  chain: z.string(),
  a: rule.nullable(),
  b: rule.nullable(),
  parts: z.looseObject({ a: z.array(z.string()), b: z.array(z.string()) }).optional(),
});

const setDifference = z.looseObject({
  type: z.literal('set-difference'),
  kind: z.enum(['removed', 'added', 'changed']),
  name: z.string(),
  removed: z.array(z.string()),
  added: z.array(z.string()),
});

const parted = z.looseObject({
  step: stepName,
  hook: z.enum(HOOKS),
  text: z.string().nullable(),
  source: source.nullable(),
  /** What became of the step's rule on the other side. */
  fate: z.enum(['both', 'only', 'moved', 'changed', 'unknown']),
});

const passage = z.looseObject({
  packets: count,
  start: z.looseObject({ n: z.int().min(1), file: z.string(), line: count }).nullable(),
  steps: z.array(stepName),
  disposition: z.enum(DISPOSITIONS),
  by: z.string().nullable(),
  in: z.string().nullable(),
  out: z.string().nullable(),
  endpoint: z.looseObject({ address: z.string(), port: count.nullable() }).nullable(),
  peer: z.string().nullable(),
  mark: count.nullable(),
  assumptions: z.array(z.string()),
});

/** `first`: the first step that differs, with its index; null if the steps are the same or a side has none. */
const way = z.looseObject({
  packet: z.string(),
  changed: z.array(z.enum(CHANGED_FIELDS)),
  why: z.enum(['rules', 'chance', 'state']),
  certain: z.boolean(),
  first: z.looseObject({ at: count, a: parted.nullable(), b: parted.nullable() }).nullable(),
  a: passage.nullable(),
  b: passage.nullable(),
});

const flowDifference = z.looseObject({
  type: z.literal('flow-difference'),
  status: z.enum(FLOW_STATUSES),
  flow: z.looseObject({
    host: z.string().nullable(),
    family,
    protocol: z.union([z.string(), z.int()]).nullable(),
    src: z.string(),
    dst: z.string(),
    dport: count.optional(),
  }),
  packets: sides,
  ways: z.array(way),
});

const summary = z.looseObject({
  type: z.literal('summary'),
  schemaVersion: z.literal(1),
  mode: z.enum(['captures', 'rules', 'rehearsal', 'expected']),
  differs: z.boolean(),
  rules: z
    .looseObject({ same: count, removed: count, added: count, moved: count, changed: count, chains: count })
    .nullable(),
  flows: z.record(z.enum(FLOW_STATUSES), count),
  packets: sides,
  beyond: count,
  /** Flows that filters left out; absent: there was no filter. */
  leftOut: count.optional(),
  partial: z.literal(true).optional(),
});

/** Any line of `diff --format ndjson`. */
export const differenceRecordSchema = z.discriminatedUnion('type', [
  tableDifference,
  chainDifference,
  ruleDifference,
  setDifference,
  flowDifference,
  diagnosticSchema,
  summary,
]);

/** The one object of `diff --format json`. */
export const differenceSchema = z.looseObject({
  summary,
  differences: z.array(
    z.discriminatedUnion('type', [
      tableDifference,
      chainDifference,
      ruleDifference,
      setDifference,
      flowDifference,
    ]),
  ),
  diagnostics: z.array(diagnosticSchema),
});
