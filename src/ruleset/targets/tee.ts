/** `-j TEE --gateway 1.1.1.1 --oif eth0` ↔ `TEE gw:1.1.1.1 oif=eth0`: extensions/libxt_TEE.c. */
import { parseAddress } from '../../model/address.ts';
import type { TeeTarget } from '../../model/target.ts';
import { printAddress, readAddress } from '../line/addresses.ts';
import { words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

export const tee: TargetSyntax<TeeTarget> = {
  names: ['TEE'],
  options: { gateway: 1, oif: 1 },
  fromSave(options) {
    const gateway = options.value('gateway', (word) => readAddress(word, options.family));
    return gateway === null ? null : { kind: 'TEE', gateway, oif: options.text('oif') };
  },
  fromList(tail) {
    const found = tail.take(/TEE gw:(\S+)(?: oif=(\S+))?/y);
    const gateway = parseAddress(found?.[1] ?? '');
    return found === null || gateway === null ? null : { kind: 'TEE', gateway, oif: found[2] ?? null };
  },
  print: ({ gateway, oif }) => words(`-j TEE --gateway ${printAddress(gateway)}`, oif && `--oif ${oif}`),
};
