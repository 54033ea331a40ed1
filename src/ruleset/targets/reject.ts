/** `-j REJECT --reject-with icmp-port-unreachable` ↔ `reject-with icmp-port-unreachable`: libipt_REJECT.c, libip6t_REJECT.c. */
import type { Family } from '../../model/address.ts';
import type { RejectTarget } from '../../model/target.ts';
import type { TargetSyntax } from './syntax.ts';

/** The name that is printed, and the other one. */
const TYPES: Readonly<Record<Family, readonly (readonly [name: string, alias: string])[]>> = {
  ipv4: [
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  ipv6: [
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['icmp6-port-unreachable', 'port-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
};
const DEFAULT = { ipv4: 'icmp-port-unreachable', ipv6: 'icmp6-port-unreachable' } as const;

/** A beginning of either name will do. */
function parseType(text: string, family: Family): string | null {
  const wanted = text.toLowerCase();
  const row = TYPES[family].find((names) => names.some((name) => name.startsWith(wanted)));
  return row?.[0] ?? null;
}

export const reject: TargetSyntax<RejectTarget> = {
  names: ['REJECT'],
  options: { 'reject-with': 1 },
  fromSave: (options) => ({
    kind: 'REJECT',
    with: options.value('reject-with', (word) => parseType(word, options.family)) ?? DEFAULT[options.family],
  }),
  fromList(tail) {
    const found = tail.take(/reject-with (\S+)/y);
    return found === null
      ? null
      : { kind: 'REJECT', with: tail.value(parseType(found[1] ?? '', tail.family), '') };
  },
  print: (target) => `-j REJECT --reject-with ${target.with}`,
};
