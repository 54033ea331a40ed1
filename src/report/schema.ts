/**
 * The machine contract as zod schemas: what `--format ndjson` and `json` print. Objects are loose: fields
 * may be added, never renamed. Importing this loads zod (65 ms): only what validates imports it.
 */
import { z } from 'zod';
import { ASSUMPTION_KINDS, CHECK_STATUSES } from '../model/check.ts';
import { HOOKS, TABLES } from '../model/hook.ts';
import { ENDINGS } from '../model/prediction.ts';
import { DISPOSITIONS } from '../model/walk.ts';

const count = z.int().min(0);
const uint32 = z.int().min(0).max(0xffffffff);
const port = z.int().min(0).max(0xffff);
const stepName = z.string().regex(/^(?:raw|mangle|nat|filter|security):.+:(?:rule|return|policy):[1-9]\d*$/);
const ruleName = z.string().regex(/^(?:raw|mangle|nat|filter|security):.+:[1-9]\d*$/);
const table = z.enum(TABLES);
const change = <T extends z.ZodType>(value: T) => z.tuple([value, value]).optional();

const packet = z.looseObject({
  in: z.string().nullable(),
  out: z.string().nullable(),
  src: z.union([z.ipv4(), z.ipv6()]),
  dst: z.union([z.ipv4(), z.ipv6()]),
  length: count,
  ttl: z.int().min(0).max(255),
  id: port.optional(),
  protocol: z.union([z.string(), z.int().min(0).max(255)]).nullable(),
  sport: port.optional(),
  dport: port.optional(),
  flags: z.array(z.enum(['AE', 'CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'])).optional(),
  seq: uint32.optional(),
  ack: uint32.optional(),
  icmpType: z.int().min(0).max(255).optional(),
  icmpCode: z.int().min(0).max(255).optional(),
  mark: uint32,
});

const changes = z.looseObject({
  mark: change(uint32),
  src: change(z.string()),
  dst: change(z.string()),
  sport: change(port.nullable()),
  dport: change(port.nullable()),
  ttl: change(count),
  tos: change(count),
  length: change(count),
  in: change(z.string()),
  out: change(z.string()),
});

const step = z.looseObject({
  file: z.string(),
  line: z.int().min(1),
  hook: z.enum(HOOKS),
  table,
  chain: z.string().min(1),
  type: z.enum(['rule', 'return', 'policy']),
  rule: z.int().min(1),
  depth: count,
  uptime: z.number().nullable(),
  text: z.string().nullable(),
  source: z.looseObject({ file: z.string(), line: z.int().min(1), text: z.string() }).nullable(),
  target: z.string().nullable(),
  changes: changes.optional(),
  /** What changed before the next step, by no rule: forwarding, routing, conntrack. */
  between: changes.optional(),
});

const check = z.looseObject({
  status: z.enum(CHECK_STATUSES),
  unchecked: z.array(table),
  assumptions: z.array(
    z.looseObject({
      at: z.int().min(-1),
      kind: z.enum(ASSUMPTION_KINDS),
      fact: z.string(),
      /** The file that would have told: `ipset.save`. */
      settledBy: z.string().optional(),
    }),
  ),
  missing: z.array(z.looseObject({ after: z.int().min(-1), steps: z.array(stepName) })),
  divergence: z
    .looseObject({
      at: count,
      expected: stepName.nullable(),
      observed: stepName.nullable(),
      because: z.looseObject({ rule: ruleName, condition: z.string(), value: z.string() }).nullable(),
    })
    .nullable(),
});

/** One `walk` line. */
export const walkSchema = z.looseObject({
  type: z.literal('walk'),
  n: z.int().min(1),
  host: z.string().nullable(),
  family: z.enum(['ipv4', 'ipv6']),
  packet,
  start: z.looseObject({
    file: z.string(),
    line: z.int().min(1),
    uptime: z.number().nullable(),
    time: z.iso.datetime().nullable(),
  }),
  steps: z.array(step).min(1),
  disposition: z.enum(DISPOSITIONS),
  by: ruleName.nullable(),
  ending: z.enum(ENDINGS).optional(),
  causedBy: count.optional(),
  check,
});

/** One `diagnostic` line. */
export const diagnosticSchema = z.looseObject({
  type: z.literal('diagnostic'),
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  file: z.string(),
  line: count,
  column: count,
  message: z.string().min(1),
});

/** One `finding` line: about the input as a whole. `file` and `line` are null where it has no place. */
const findingSchema = z.looseObject({
  type: z.literal('finding'),
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  file: z.string().nullable(),
  line: count.nullable(),
  message: z.string().min(1),
  args: z.record(z.string(), z.union([z.string(), z.number()])),
});

/** The `summary` line, the last one. */
const summarySchema = z.looseObject({
  type: z.literal('summary'),
  schemaVersion: z.literal(1),
  lines: count,
  records: count,
  traceLines: count,
  unparsed: count,
  notOurs: count,
  walks: count,
  dispositions: z.partialRecord(z.enum(DISPOSITIONS), count),
  checks: z.record(z.enum(CHECK_STATUSES), count),
  partial: z.literal(true).optional(),
});

/** Any line of `--format ndjson`. */
export const recordSchema = z.discriminatedUnion('type', [
  walkSchema,
  diagnosticSchema,
  findingSchema,
  summarySchema,
]);

/** The one object of `--format json`. */
export const analysisSchema = z.looseObject({
  summary: summarySchema,
  walks: z.array(walkSchema),
  diagnostics: z.array(diagnosticSchema),
  findings: z.array(findingSchema),
});
