/**
 * The small world in which cases play: two or three networks around a router, a service range behind one of
 * them, ports and marks that rules and packets both draw from, so that they meet.
 */
import type { Link, Network } from '../lab/network.ts';
import type { Dice } from './dice.ts';

export interface World {
  readonly family: 4 | 6;
  readonly network: Network;
  /** Devices with the network behind each. */
  readonly sides: readonly Side[];
  /** Addresses that no device has: behind a gateway, without a route, and the like. */
  readonly services: readonly string[];
  readonly elsewhere: readonly string[];
  /** Address ranges as `-s` takes them, from wide to narrow, a few with holes in the mask. */
  readonly ranges: readonly string[];
}

export interface Side {
  readonly device: string;
  /** The router's own addresses there. */
  readonly own: readonly string[];
  readonly hosts: readonly string[];
  /** Link address of the far end: what all its hosts send from. */
  readonly mac: string;
}

export const PORTS: readonly number[] = [22, 53, 80, 443, 8080, 9999, 30080];
/** A port that only NAT leads to. */
export const EXTRA_PORT = 10_053;
export const MARKS: readonly string[] = [
  '0x1/0x1',
  '0x0/0x1',
  '0x10/0xf0',
  '0x4000/0x4000',
  '0x2',
  '0x0/0xff00',
  '0x10001/0x10001',
];
export const UIDS: readonly number[] = [0, 1000, 1337];

/** First addresses of the networks, as text to which a host's last part is added. */
const STEMS = { 4: ['10.81.1.', '10.81.2.', '10.81.3.'], 6: ['fd81:1::', 'fd81:2::', 'fd81:3::'] } as const;
const LENGTH = { 4: 24, 6: 64 } as const;
const SERVICES = { 4: '10.96.0.', 6: 'fd96::' } as const;
const HOSTS = 40;

/** Makes a world. Half of them have a third network, routing by mark, and routes that lead nowhere. */
export function makeWorld(family: 4 | 6, dice: Dice, known: boolean): World {
  const rich = dice.chance(0.5);
  const devices = rich ? ['va', 'vb', 'vc'] : ['va', 'vb'];
  const host = (stem: string, i: number) => `${stem}${family === 4 ? i : i.toString(16)}`;
  const hosts = Array.from({ length: HOSTS - 2 }, (_, i) => i + 2);
  const sides = devices.map((device, i): Side => {
    const stem = STEMS[family][i] ?? '';
    return {
      device,
      own: rich && i === 0 ? [host(stem, 1), host(stem, 200)] : [host(stem, 1)],
      hosts: hosts.map((n) => host(stem, n)),
      mac: `02:fa:00:00:00:0${i + 1}`,
    };
  });
  const links = sides.map(
    ({ device, own }, i): Link => ({
      name: device,
      mac: `02:81:00:00:00:0${i + 1}`,
      kind: 'veth',
      master: null,
      addresses: own.map((address) => `${address}/${LENGTH[family]}${family === 4 ? ' brd +' : ''}`),
    }),
  );
  const nowhere = family === 4 ? ['10.97.1.', '10.97.2.', '10.97.3.'] : ['fd97:1::', 'fd97:2::', 'fd97:3::'];
  const [blackhole = '', unreachable = '', prohibit = ''] = nowhere.map(
    (stem) => `${host(stem, 0)}/${LENGTH[family]}`,
  );
  const service = SERVICES[family];
  const gateway = (i: number) => host(STEMS[family][i] ?? '', 250);
  const routes = [`${host(service, 0)}/${LENGTH[family]} via ${gateway(1)} dev vb`];
  if (rich) {
    routes.push(`blackhole ${blackhole}`, `unreachable ${unreachable}`, `prohibit ${prohibit}`);
    routes.push(`default via ${gateway(2)} dev vc table 100`);
    if (dice.chance(0.5)) routes.push(`default via ${gateway(0)} dev va`);
  }
  const rules = rich
    ? [
        {
          family,
          text: `pref 100 from all fwmark ${dice.pick(['0x1/0x1', '0x4000/0x4000', '0x2'])} lookup 100`,
        },
      ]
    : [];
  return {
    family,
    network: { links, routes, rules },
    sides,
    services: hosts.map((n) => host(service, n)),
    elsewhere: [...nowhere.map((stem) => host(stem, 5)), ...ODD[family], ...(known ? [] : UNJOINED[family])],
    ranges: rangesOf(family, dice),
  };
}

/** Groups that somebody may have joined: no file of the case tells. */
const UNJOINED = { 4: ['224.0.0.251'], 6: ['ff02::fb'] } as const;

/** Destinations of which a router makes something else than forwarding. */
const ODD = {
  4: ['10.81.1.255', '255.255.255.255', '224.0.0.1', '127.0.0.1', '192.0.2.9', '0.0.0.0'],
  6: ['ff02::1', 'ff02::2', '::1', '2001:db8::9', 'fd81:1::'],
} as const;

function rangesOf(family: 4 | 6, dice: Dice): string[] {
  if (family === 4) {
    return [
      ...[
        '10.0.0.0/8',
        '10.81.0.0/16',
        '10.81.1.0/24',
        '10.81.2.0/24',
        '10.81.3.0/24',
        '10.96.0.0/24',
        '127.0.0.0/8',
      ],
      ...['10.81.1.0/26', '10.81.2.0/25', '10.81.2.128/25', '10.96.0.32/27', '10.96.0.0/28'],
      ...[
        `10.81.1.${dice.between(2, 40)}`,
        `10.81.2.${dice.between(2, 40)}`,
        `10.96.0.${dice.between(2, 40)}`,
      ],
      ...['10.81.1.1', '10.81.2.1', '10.0.0.5/255.0.0.7', '10.81.0.4/255.255.0.4', '10.0.1.0/255.0.1.0'],
    ];
  }
  const low = () => dice.between(2, 40).toString(16);
  return [
    ...['fd00::/8', 'fd81::/16', 'fd81:1::/64', 'fd81:2::/64', 'fd81:3::/64', 'fd96::/64', 'fe80::/10'],
    ...['fd81:1::/122', 'fd81:2::/121', 'fd81:2::80/121', 'fd96::20/123', 'fd96::/124'],
    ...[`fd81:1::${low()}`, `fd81:2::${low()}`, `fd96::${low()}`, 'fd81:1::1', 'fd81:2::1'],
    ...['fd81::5/ffff::7', 'fd81::4/ffff::4', '::1/128'],
  ];
}
