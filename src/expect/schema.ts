/**
 * An expectation file as a zod schema: names, shapes and words of its fields, in the order in which a person
 * writes them. What a value means (an address, a rule's name) is read in fields.ts. Loads zod.
 */
import { z } from 'zod';
import { DISPOSITIONS } from '../model/walk.ts';

function oneOrMore<T extends z.ZodType>(one: T, wants: string) {
  return z.union([one, z.array(one).min(1)], { error: `expected ${wants}, or a list of them` });
}

const text = z.string({ error: 'expected text' });
const place = z
  .string({ error: 'expected a chain or a rule, as nat:KUBE-SERVICES or filter:FORWARD:3' })
  .min(1)
  .describe('A chain or a rule: CHAIN, TABLE:CHAIN or TABLE:CHAIN:NUMBER.');
const numbers = oneOrMore(z.union([z.int().min(0), z.string()]), 'a number or a range as 80-90');
const addresses = oneOrMore(text, 'an address or a prefix');

const packet = z
  .union([z.string(), z.record(z.string(), z.unknown())], {
    error: 'expected a packet: fields as {in: eth0, src: 10.0.0.1, …}, or text as "in=eth0 src=10.0.0.1 …"',
  })
  .describe('As for simulate: in, src, dst, protocol, sport, dport, flags, …; what is left out is unknown.');

const final = z
  .strictObject({
    src: addresses.optional(),
    dst: addresses.optional(),
    sport: numbers.optional(),
    dport: numbers.optional(),
    in: oneOrMore(text, 'an interface').optional(),
    out: oneOrMore(text, 'an interface').optional(),
    ttl: numbers.optional(),
    tos: numbers.optional(),
    length: numbers.optional(),
  })
  .describe('The packet as it was last.');

const expectations = z.strictObject({
  disposition: oneOrMore(z.enum(DISPOSITIONS), `one of ${DISPOSITIONS.join(', ')}`).optional(),
  by: place.nullable().optional().describe('What dropped, rejected or queued it; null: nothing did.'),
  passes: oneOrMore(place, 'a chain or a rule').optional().describe('It goes through all of these.'),
  never: oneOrMore(place, 'a chain or a rule').optional().describe('It goes through none of these.'),
  final: final.optional(),
  endpoints: z
    .array(text, { error: 'expected a list of endpoints, as [10.0.0.1:80, 10.0.0.2:80]' })
    .min(1)
    .optional()
    .describe('Exactly these are where it may be sent to: ADDRESS or ADDRESS:PORT.'),
  masquerade: z
    .boolean({ error: 'expected true or false' })
    .optional()
    .describe('Whether a MASQUERADE rule hides its source.'),
  mark: z
    .union([z.int().min(0).max(0xffffffff), z.string()], {
      error: 'expected a mark, as 0x4000 or 0x4000/0x4000',
    })
    .optional()
    .describe('The mark that it ends with: VALUE or VALUE/MASK.'),
});

const expectationCase = z.strictObject({
  name: z.string({ error: 'expected a name' }).min(1),
  packet,
  before: z
    .array(packet, { error: 'expected a list of packets' })
    .optional()
    .describe('Packets that go before it, through the same connection table.'),
  expect: expectations,
});

/** A whole file. */
export const suiteSchema = z
  .strictObject({
    description: z.string().optional(),
    templates: z.unknown().optional().describe('Not read: a place for YAML anchors.'),
    cases: z.array(expectationCase, { error: 'expected a list of cases' }).min(1),
  })
  .meta({ title: 'trace-analyze expect', description: 'What packets are expected to do.' });

export type Suite = z.infer<typeof suiteSchema>;
export type Expected = z.infer<typeof expectations>;

/** The file as a JSON Schema (draft 2020-12), for editors. */
export function expectationsJsonSchema(): object {
  return z.toJSONSchema(suiteSchema, { io: 'input' });
}
