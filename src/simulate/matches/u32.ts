/** u32_mt (net/netfilter/xt_u32.c): numbers read from the packet, masked, shifted, followed, compared. */
import type { U32Match } from '../../model/match.ts';
import type { Bits } from '../../model/oracle.ts';
import { invert, type Outcome } from '../ask.ts';
import { bits, exact } from '../bits.ts';
import { bytesDoubt, PacketBytes } from '../bytes.ts';
import type { Evaluator } from '../evaluate.ts';

type Operator = '&' | '<<' | '>>' | '@';

interface Test {
  readonly start: number;
  readonly steps: readonly { readonly operator: Operator; readonly operand: number }[];
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
}

const tests = new WeakMap<U32Match, readonly Test[]>();

function parseTest(text: string): Test {
  const [location = '', values = ''] = text.split('=');
  const tokens = location.match(/<<|>>|[&@]|[0-9a-fx]+/gi) ?? [];
  const steps: { operator: Operator; operand: number }[] = [];
  for (let i = 1; i + 1 < tokens.length; i += 2) {
    const operator = tokens[i];
    if (operator === '&' || operator === '<<' || operator === '>>' || operator === '@') {
      steps.push({ operator, operand: Number(tokens[i + 1]) });
    }
  }
  const ranges = values.split(',').map((range) => {
    const [from = '0', to] = range.split(':');
    return { from: Number(from), to: Number(to ?? from) };
  });
  return { start: Number(tokens[0] ?? 0), steps, ranges };
}

function testsOf(match: U32Match): readonly Test[] {
  let parsed = tests.get(match);
  if (parsed === undefined) {
    parsed = match.expression.replaceAll(/\s+/g, '').split('&&').map(parseTest);
    tests.set(match, parsed);
  }
  return parsed;
}

function shift({ value, known }: Bits, operator: '<<' | '>>', by: number): Bits {
  if (by > 31) return bits(0);
  if (operator === '<<') return bits(value << by, (known << by) | (2 ** by - 1));
  return bits(value >>> by, (known >>> by) | ~(0xffffffff >>> by));
}

/** Undefined: hangs on bytes that are not known. */
function runTest({ start, steps, ranges }: Test, packet: PacketBytes): boolean | undefined {
  let at = 0;
  let value = packet.read(start, 4);
  for (const { operator, operand } of steps) {
    if (value === null) return false;
    if (operator === '&') {
      value = bits(value.value & operand, value.known | ~operand);
    } else if (operator === '@') {
      const jump = exact(value);
      if (jump === undefined) return undefined;
      at += jump;
      value = packet.read(at + operand, 4);
    } else {
      value = shift(value, operator, operand);
    }
  }
  if (value === null) return false;
  const number = exact(value);
  if (number !== undefined) return ranges.some(({ from, to }) => number >= from && number <= to);
  const { value: low, known } = value;
  const high = (low | ~known) >>> 0;
  return ranges.every(({ from, to }) => high < from || low > to) ? false : undefined;
}

function evaluate(match: U32Match, packet: PacketBytes): Outcome {
  let open = false;
  for (const test of testsOf(match)) {
    const outcome = runTest(test, packet);
    if (outcome === false) return false;
    if (outcome === undefined) open = true;
  }
  return open ? bytesDoubt(packet, `as u32 "${match.expression}" asks`) : true;
}

export const u32: Evaluator<U32Match> = (match, { skb }) =>
  invert(evaluate(match, new PacketBytes(skb)), match.not);
