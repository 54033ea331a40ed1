/** `-m physdev ! --physdev-in x` ↔ `PHYSDEV match ! --physdev-in x`: extensions/libxt_physdev.c. */
import type { InterfaceName, Inv, PhysdevMatch } from '../../model/match.ts';
import { parseInterface, printInterface } from '../line/interfaces.ts';
import type { Options } from '../line/options.ts';
import type { Tail } from '../line/tail.ts';
import { bang, type MatchSyntax, words } from './syntax.ts';

const NOBODY: InterfaceName = { name: '', wildcard: false };

function savedFlag(options: Options, name: string): Inv<true> | null {
  const option = options.find(name);
  return option === null ? null : { not: option.not, value: true };
}

function listedFlag(tail: Tail, pattern: RegExp): Inv<true> | null {
  const found = tail.take(pattern);
  return found === null ? null : { not: found[1] !== undefined, value: true };
}

function listedName(tail: Tail, pattern: RegExp): Inv<InterfaceName> | null {
  const found = tail.take(pattern);
  if (found === null) return null;
  return { not: found[1] !== undefined, value: tail.value(parseInterface(found[2] ?? ''), NOBODY) };
}

function printFlag(name: string, flag: Inv<true> | null): string | null {
  return flag && words(bang(flag.not), name);
}

function printName(name: string, device: Inv<InterfaceName> | null): string | null {
  return device && words(bang(device.not), name, printInterface(device.value));
}

export const physdev: MatchSyntax<PhysdevMatch> = {
  names: ['physdev'],
  options: {
    'physdev-in': 1,
    'physdev-out': 1,
    'physdev-is-in': 0,
    'physdev-is-out': 0,
    'physdev-is-bridged': 0,
  },
  heads: ['PHYSDEV'],
  fromSave: (options) => ({
    kind: 'physdev',
    in: options.inverted('physdev-in', parseInterface),
    out: options.inverted('physdev-out', parseInterface),
    isIn: savedFlag(options, 'physdev-is-in'),
    isOut: savedFlag(options, 'physdev-is-out'),
    isBridged: savedFlag(options, 'physdev-is-bridged'),
  }),
  fromList(tail) {
    if (tail.take(/PHYSDEV match(?= )/y) === null) return null;
    const isIn = listedFlag(tail, /(! )?--physdev-is-in(?=\s|$)/y);
    const device = listedName(tail, /(! )?--physdev-in (\S+)/y);
    const isOut = listedFlag(tail, /(! )?--physdev-is-out(?=\s|$)/y);
    const out = listedName(tail, /(! )?--physdev-out (\S+)/y);
    const isBridged = listedFlag(tail, /(! )?--physdev-is-bridged(?=\s|$)/y);
    return { kind: 'physdev', in: device, out, isIn, isOut, isBridged };
  },
  print: (match) =>
    words(
      '-m physdev',
      printFlag('--physdev-is-in', match.isIn),
      printName('--physdev-in', match.in),
      printFlag('--physdev-is-out', match.isOut),
      printName('--physdev-out', match.out),
      printFlag('--physdev-is-bridged', match.isBridged),
    ),
};
