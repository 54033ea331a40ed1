/**
 * Counters of rules and policies: exact in a save and with -x, rounded in a listing. A rounded number stands
 * for all numbers that print so: libxtables/xtables.c, xtables_print_num.
 */
import type { CounterRange, Counters } from '../../model/ruleset.ts';

const UNITS = ['K', 'M', 'G', 'T'];

/** `12`, `5255M`; null if it is no counter. */
function parseCounter(text: string): CounterRange | null {
  const found = /^([0-9]{1,20})([KMGT]?)$/.exec(text);
  if (found === null) return null;
  let [from, to] = [BigInt(found[1] ?? ''), BigInt(found[1] ?? '')];
  /* Each unit is (n + 500) / 1000 of the one before, in whole numbers. */
  for (let unit = UNITS.indexOf(found[2] ?? ''); unit >= 0; unit--) {
    from = from === 0n ? 0n : from * 1000n - 500n;
    to = to * 1000n + 499n;
  }
  return { from, to };
}

/** A listing's pkts and bytes. */
export function listedCounters(packets: string | undefined, bytes: string | undefined): Counters | null {
  if (packets === '0' && bytes === '0') return NO_COUNTS;
  const p = parseCounter(packets ?? '');
  const b = parseCounter(bytes ?? '');
  return p === null || b === null ? null : { packets: p, bytes: b };
}

const NONE: CounterRange = { from: 0n, to: 0n };
/** A large rule set has mostly rules that no packet met: they share this. */
const NO_COUNTS: Counters = { packets: NONE, bytes: NONE };

/** `-c 12 720`, `[12:720]`. */
export function exactCounters(packets: string | undefined, bytes: string | undefined): Counters | null {
  const whole = /^[0-9]+$/;
  return whole.test(packets ?? '') && whole.test(bytes ?? '') ? listedCounters(packets, bytes) : null;
}
