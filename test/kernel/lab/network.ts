/**
 * A host's links, addresses, routes and routing rules: read back from what `ip addr`, `ip route show table
 * all` and `ip rule` printed, so that a case folder can be built again from its own files. Bridges and their ports
 * are known, other devices than veth are not.
 */
export interface Link {
  readonly name: string;
  readonly mac: string;
  readonly kind: 'veth' | 'bridge';
  /** Bridge that it is a port of. */
  readonly master: string | null;
  /** As `ip addr add` takes them, without `dev`. */
  readonly addresses: readonly string[];
}

export interface Network {
  readonly links: readonly Link[];
  /** As `ip route add` takes them. */
  readonly routes: readonly string[];
  /** As `ip rule add` takes them. */
  readonly rules: readonly { readonly family: 4 | 6; readonly text: string }[];
}

/** Reads the three files. What the kernel makes by itself (local table, connected routes) is left to it. */
export function readNetwork(addr: string, route: string, rule: string): Network {
  return { links: readLinks(addr), routes: readRoutes(route), rules: readRules(rule) };
}

function readLinks(text: string): Link[] {
  return text
    .split(/^(?=\d+: )/m)
    .map((block) => {
      const [, name = '', peer = ''] = /^\d+: ([^:@]+)(@\S+)?:/.exec(block) ?? [];
      const [, mac = ''] = /link\/ether (\S+)/.exec(block) ?? [];
      const [, master = null] = / master (\S+)/.exec(block) ?? [];
      const addresses = [...block.matchAll(/^\s+inet6? (\S+)(?: brd (\S+))? scope (?!link|host)/gm)].map(
        ([, address = '', broadcast]) => (broadcast === undefined ? address : `${address} brd ${broadcast}`),
      );
      return { name, mac, kind: peer === '' ? ('bridge' as const) : ('veth' as const), master, addresses };
    })
    .filter(({ name, mac }) => name !== '' && mac !== '');
}

function readRoutes(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/ (metric 1024|pref medium|expires \S+)/g, ''))
    .filter((line) => line !== '' && !/ proto kernel| table local/.test(line));
}

function readRules(text: string): Network['rules'] {
  return text.split('\n').flatMap((line) => {
    const [, preference = '', rest = ''] = /^(\d+):\s+(.*)$/.exec(line.trim()) ?? [];
    if (rest === '' || ['0', '32766', '32767'].includes(preference)) return [];
    const family = rest.includes(':') ? 6 : 4;
    return [{ family, text: `pref ${preference} ${rest}` } as const];
  });
}
