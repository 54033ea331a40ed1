/** The host and network names of a fresh Debian's /etc/hosts and /etc/networks, which mean the same everywhere. */
import { type Address, type Family, parseAddress } from '../../model/address.ts';

const HOSTS: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  ipv4: {
    localhost: '127.0.0.1',
    'localhost.localdomain': '127.0.0.1',
    localhost4: '127.0.0.1',
    loopback: '127.0.0.0',
    'link-local': '169.254.0.0',
    default: '0.0.0.0',
    'base-address.mcast.net': '224.0.0.0',
    'all-systems.mcast.net': '224.0.0.1',
  },
  ipv6: {
    localhost: '::1',
    'localhost.localdomain': '::1',
    localhost6: '::1',
    'ip6-localhost': '::1',
    'ip6-loopback': '::1',
    'ip6-localnet': 'fe00::',
    'ip6-mcastprefix': 'ff00::',
    'ip6-allnodes': 'ff02::1',
    'ip6-allrouters': 'ff02::2',
    'ip6-allhosts': 'ff02::3',
  },
};

/** @returns null for any other name: it is not looked up, and what it means today need not be what it meant. */
export function hostAddress(name: string, family: Family): Address | null {
  const hosts = HOSTS[family];
  const text = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  return text === undefined ? null : parseAddress(text);
}
