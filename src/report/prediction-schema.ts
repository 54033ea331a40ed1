/**
 * What `simulate --format ndjson` and `json` print, as zod schemas. Objects are loose: fields may be added,
 * never renamed. Importing this loads zod (65 ms): only what validates imports it.
 */
import { z } from 'zod';
import { ASSUMPTION_KINDS } from '../model/check.ts';
import { HOOKS, TABLES } from '../model/hook.ts';
import { ENDINGS, RULE_FATES } from '../model/prediction.ts';
import { DISPOSITIONS } from '../model/walk.ts';
import { diagnosticSchema } from './schema.ts';

const count = z.int().min(0);
const byte = z.int().min(0).max(0xff);
const port = z.int().min(0).max(0xffff);
const uint32 = z.int().min(0).max(0xffffffff);
const address = z.union([z.ipv4(), z.ipv6()]).nullable();
const stepName = z.string().regex(/^(?:raw|mangle|nat|filter|security):.+:(?:rule|return|policy):[1-9]\d*$/);
const ruleName = z.string().regex(/^(?:raw|mangle|nat|filter|security):.+:[1-9]\d*$/);
const ternary = z.enum(['yes', 'no', 'unknown']);

const path = z.looseObject({
  steps: z.array(stepName),
  disposition: z.enum(DISPOSITIONS),
  probability: z.number().min(0).max(1).nullable(),
  assumptions: z.array(
    z.looseObject({
      at: count,
      kind: z.enum(ASSUMPTION_KINDS),
      fact: z.string(),
      settledBy: z.string().optional(),
    }),
  ),
  final: z.looseObject({
    src: address,
    dst: address,
    sport: port.optional(),
    dport: port.optional(),
    mark: uint32.nullable(),
    ttl: byte.optional(),
    tos: byte.optional(),
    length: count.optional(),
    in: z.string().nullable(),
    out: z.string().nullable(),
  }),
  by: ruleName.nullable(),
  ending: z.enum(ENDINGS).nullable(),
  traced: z.boolean().nullable(),
  unchecked: z.array(z.enum(TABLES)),
  missingContext: z.array(z.looseObject({ file: z.string(), command: z.string() })),
});

const whyNot = z.looseObject({
  rule: ruleName,
  text: z.string(),
  source: z.looseObject({ file: z.string(), line: z.int().min(1), text: z.string() }),
  answers: z.array(
    z.looseObject({
      paths: z.array(count).min(1),
      fate: z.enum(RULE_FATES),
      by: stepName.nullable(),
      looks: z.array(
        z.looseObject({
          hook: z.enum(HOOKS).nullable(),
          matches: ternary,
          conditions: z.array(
            z.looseObject({
              condition: z.string(),
              result: ternary,
              value: z.string(),
              why: z.string().optional(),
            }),
          ),
        }),
      ),
    }),
  ),
  get callers() {
    return z.array(whyNot);
  },
  moreCallers: count,
});

/** One `prediction` line. */
export const predictionSchema = z.looseObject({
  type: z.literal('prediction'),
  n: count,
  paths: z.array(path).min(1),
  more: z.literal(true).optional(),
  whyNot: z.array(whyNot).optional(),
});

/** The last line of a run that was interrupted, and the end of `json`. */
const simulationSummarySchema = z.looseObject({
  type: z.literal('summary'),
  schemaVersion: z.literal(1),
  packets: count,
  partial: z.literal(true).optional(),
});

/** Any line of `simulate --format ndjson`. */
export const simulationRecordSchema = z.discriminatedUnion('type', [
  predictionSchema,
  diagnosticSchema,
  simulationSummarySchema,
]);

/** The one object of `simulate --format json`. */
export const simulationSchema = z.looseObject({
  diagnostics: z.array(diagnosticSchema),
  predictions: z.array(predictionSchema),
  summary: simulationSummarySchema,
});
