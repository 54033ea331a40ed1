/**
 * `-j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff` ↔ `TPROXY redirect 0.0.0.0:15006 mark
 * 0x539/0xffffffff`: extensions/libxt_TPROXY.c. Both forms print an address that was not given as zeros.
 */
import { type Family, parseAddress } from '../../model/address.ts';
import type { TproxyTarget } from '../../model/target.ts';
import { printAddress, readAddress } from '../line/addresses.ts';
import { hex, parseMasked, parsePort } from '../line/numbers.ts';
import type { TargetSyntax } from './syntax.ts';

const NONE = { value: 0, mask: 0 };
const ZERO: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0', ipv6: '::' };

export const tproxy: TargetSyntax<TproxyTarget> = {
  names: ['TPROXY'],
  options: { 'on-port': 1, 'on-ip': 1, 'tproxy-mark': 1 },
  fromSave(options) {
    const port = options.value('on-port', parsePort);
    const address = options.value('on-ip', (word) => readAddress(word, options.family));
    if (port === null) return null;
    return {
      kind: 'TPROXY',
      port,
      address: address?.text === ZERO[options.family] ? null : address,
      mark: options.value('tproxy-mark', (word) => parseMasked(word)) ?? NONE,
    };
  },
  fromList(tail) {
    const found = tail.take(/TPROXY redirect (\S+):([0-9]+) mark (0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)/y);
    if (found === null) return null;
    const [, text = '', port, mark = ''] = found;
    const address = text === ZERO[tail.family] ? null : parseAddress(text);
    if (address === null && text !== ZERO[tail.family]) tail.faulty = true;
    return {
      kind: 'TPROXY',
      port: Number(port),
      address,
      mark: tail.value(parseMasked(mark), NONE),
    };
  },
  print: ({ port, address, mark }, family) =>
    `-j TPROXY --on-port ${port} --on-ip ${address === null ? ZERO[family] : printAddress(address)} --tproxy-mark ${hex(mark.value)}/${hex(mark.mask)}`,
};
