/**
 * One expectation held against one way: true, false with what is there instead and who is responsible, or
 * unknown with the reason. Never true because something could not be seen.
 */

import { contains } from '../model/address.ts';
import type { Counterexample, Endpoint, PlaceName, Wanted } from '../model/expectation.ts';
import { type Ruleset, tableOf } from '../model/ruleset.ts';
import { isUnknown, type Ternary, unknown } from '../model/ternary.ts';
import type { Disposition } from '../model/walk.ts';
import { lastWith, type Way, type WayStep, writerOf } from './way.ts';

export interface Held {
  readonly result: Ternary;
  readonly found: string;
  readonly blame: Counterexample['blame'];
}

/** Holds `wanted` against a way of a packet under these rules. */
export function hold(wanted: Wanted, way: Way, ruleset: Ruleset): Held {
  const { final } = way;
  switch (wanted.kind) {
    case 'disposition': {
      const open = way.disposition === 'unknown' && !wanted.any.includes('unknown');
      const result = open ? unknown('the log does not show its end') : wanted.any.includes(way.disposition);
      return { result, found: endText(way), blame: blameOf(deciderOf(way)) };
    }
    case 'by': {
      const { place } = wanted;
      const { decider } = way;
      const result = place === null ? decider === null : decider !== null && isAt(place, decider);
      const open = way.disposition === 'unknown' && decider === null;
      return {
        result: open ? unknown('the log does not show its end') : result,
        found: endText(way),
        blame: blameOf(deciderOf(way)),
      };
    }
    case 'passes': {
      const met = way.steps.some((step) => isAt(wanted.place, step));
      const result = met ? true : notSeen(wanted.place, way, ruleset, false);
      return { result, found: `does not; ${endText(way)}`, blame: blameOf(deciderOf(way)) };
    }
    case 'never': {
      const at = way.steps.findIndex((step) => isAt(wanted.place, step));
      const step = way.steps[at];
      if (step === undefined)
        return { result: notSeen(wanted.place, way, ruleset, true), found: '', blame: null };
      if (wanted.place.number !== null) return { result: false, found: 'it does', blame: blameOf(step) };
      const blamed = callerOf(way.steps[at - 1], step);
      return { result: false, found: `${nameOf(blamed)} leads there`, blame: blameOf(blamed) };
    }
    case 'address': {
      const value = final[wanted.field];
      if (value === undefined) return untold(wanted.field);
      const result = wanted.any.some((network) => contains(network, value));
      return {
        result,
        found: `${wanted.field} is ${value.text}`,
        blame: blameOf(writerOf(way, wanted.field)),
      };
    }
    case 'number': {
      const value = final[wanted.field];
      if (value === undefined) return untold(wanted.field);
      const result = wanted.any.some(({ from, to }) => value >= from && value <= to);
      return { result, found: `${wanted.field} is ${value}`, blame: blameOf(writerOf(way, wanted.field)) };
    }
    case 'name': {
      const value = final[wanted.field];
      if (value === undefined) return untold(wanted.field);
      const found = value === '' ? `has no ${wanted.field}` : `${wanted.field} is ${value}`;
      return { result: wanted.any.some((name) => isNamed(name, value)), found, blame: null };
    }
    case 'endpoints': {
      const { dst, dport } = final;
      if (dst === undefined) return untold('dst');
      const near = wanted.all.filter(({ address }) => address.text === dst.text);
      const blame = blameOf(writerOf(way, 'dst'));
      const found = `is sent to ${endpointText({ address: dst, port: dport ?? null })}`;
      if (near.some(({ port }) => port === null || port === dport)) return { result: true, found, blame };
      const open = dport === undefined && near.length > 0;
      return open ? untold('dport') : { result: false, found, blame };
    }
    case 'masquerade': {
      const by = lastWith(way, ({ kind }) => kind === 'MASQUERADE');
      const result = (by !== null) === wanted.wanted;
      if (by !== null) return { result, found: `${nameOf(by)} masquerades it`, blame: blameOf(by) };
      const nat: PlaceName = { table: 'nat', chain: 'POSTROUTING', number: null };
      const unseen = notSeen(nat, way, ruleset, false);
      return { result: isUnknown(unseen) ? unseen : result, found: 'no rule masquerades it', blame: null };
    }
    case 'mark': {
      const { mark } = final;
      if (mark === undefined) return untold('mark');
      const result = (mark & wanted.mask) >>> 0 === (wanted.value & wanted.mask) >>> 0;
      return { result, found: `mark is 0x${mark.toString(16)}`, blame: blameOf(writerOf(way, 'mark')) };
    }
  }
}

function untold(field: string): Held {
  return { result: unknown(`its last ${field} is not known`), found: '', blame: null };
}

/** What it means that a place is not among the steps: `absent`, unless they are not all, or the table was not given. */
function notSeen({ table }: PlaceName, way: Way, ruleset: Ruleset, absent: boolean): Ternary {
  if (way.gaps) return unknown('lines are missing');
  if (table === null || ruleset.whole.includes(way.family)) return absent;
  if (way.walk === null && tableOf(ruleset, way.family, table) === null) {
    return unknown(`the rules of table ${table} were not given`);
  }
  return absent;
}

function isNamed(wanted: string, name: string): boolean {
  return wanted.endsWith('+') ? name !== '' && name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

function isAt({ table, chain, number }: PlaceName, step: WayStep): boolean {
  return (
    step.chain === chain &&
    (table === null || step.table === table) &&
    (number === null || step.number === number)
  );
}

/** The step before, if it led into the chain of this one, else this one. */
function callerOf(before: WayStep | undefined, step: WayStep): WayStep {
  const jumped =
    before?.place.kind === 'rule' &&
    before.place.rule.target.kind === 'jump' &&
    before.place.rule.target.chain === step.chain;
  return jumped ? before : step;
}

/** `nat:KUBE-SERVICES:3`, `the policy of filter FORWARD`. */
function nameOf({ table, chain, number, place }: WayStep): string {
  return place.kind === 'policy' ? `the policy of ${table} ${chain}` : `${table}:${chain}:${number}`;
}

function blameOf(step: WayStep | null): Counterexample['blame'] {
  return step === null ? null : { name: nameOf(step), place: step.place };
}

/** What decided its end: what stopped it, else what let it pass last. */
function deciderOf({ decider, steps }: Way): WayStep | null {
  return decider ?? steps.findLast(({ table }) => table === 'filter') ?? null;
}

const END_WITHOUT_IS: Partial<Record<Disposition, string>> = {
  vanished: 'it vanishes',
  unknown: 'its end is not known',
};

function endText(way: Way): string {
  const { disposition, decider } = way;
  if (decider !== null) return `it is ${disposition} by ${nameOf(decider)}`;
  const passed = deciderOf(way);
  const end = END_WITHOUT_IS[disposition] ?? `it is ${disposition}`;
  return passed === null ? end : `${end}, let through by ${nameOf(passed)}`;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function endpointText({ address, port }: Endpoint): string {
  if (port === null) return address.text;
  return address.family === 'ipv6' ? `[${address.text}]:${port}` : `${address.text}:${port}`;
}
