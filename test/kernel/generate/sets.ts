/**
 * ipset texts: one set of every type that the kernel here has and that makes sense for packets of the world,
 * filled so that about half of the packets are members.
 */
import type { Dice } from './dice.ts';
import { PORTS, type World } from './world.ts';

export interface SetSpec {
  readonly name: string;
  /** How many directions a match must name. */
  readonly dimensions: number;
  /** Directions that make sense; empty: any. `iface` sets want src in, dst out. */
  readonly text: string;
}

/** Names of the sets and the text for `ipset restore`. */
export function makeSets(world: World, dice: Dice): readonly SetSpec[] {
  const family = world.family === 4 ? 'inet' : 'inet6';
  const hosts = [...world.sides.flatMap((side) => [...side.hosts, ...side.own]), ...world.services];
  const host = () => dice.pick(hosts);
  const net = () => dice.pick(world.ranges.filter((range) => !/\/(255|ffff)/.test(range)));
  const port = () => `${dice.pick(['tcp', 'udp'])}:${dice.pick(PORTS)}`;
  const icmp = world.family === 4 ? 'icmp:8/0' : 'icmpv6:128/0';
  const filled = (head: string, name: string, size: number, entry: () => string) =>
    `create ${name} ${head}\n${[...new Set(Array.from({ length: size }, entry))].map((text) => `add ${name} ${text}\n`).join('')}`;
  const specs: SetSpec[] = [
    { name: 'setip', dimensions: 1, text: filled(`hash:ip family ${family}`, 'setip', 60, host) },
    {
      name: 'setnet',
      dimensions: 1,
      text: filled(`hash:net family ${family}`, 'setnet', 4, net) + exceptions(dice, world),
    },
    {
      name: 'setport',
      dimensions: 2,
      text: filled(
        `hash:ip,port family ${family}`,
        'setport',
        120,
        () => `${host()},${dice.chance(0.1) ? icmp : port()}`,
      ),
    },
    {
      name: 'setnetport',
      dimensions: 2,
      text: filled(`hash:net,port family ${family}`, 'setnetport', 12, () => `${net()},${port()}`),
    },
    {
      name: 'setiface',
      dimensions: 2,
      text: filled(
        `hash:net,iface family ${family}`,
        'setiface',
        4,
        () => `${net()},${dice.pick(world.sides).device}`,
      ),
    },
    {
      name: 'setipportip',
      dimensions: 3,
      text: filled(
        `hash:ip,port,ip family ${family}`,
        'setipportip',
        200,
        () => `${host()},${port()},${host()}`,
      ),
    },
    {
      name: 'setipportnet',
      dimensions: 3,
      text: filled(
        `hash:ip,port,net family ${family}`,
        'setipportnet',
        120,
        () => `${host()},${port()},${net()}`,
      ),
    },
    {
      name: 'bitport',
      dimensions: 1,
      text: filled('bitmap:port range 0-40100', 'bitport', 4, () => String(dice.pick(PORTS))),
    },
    { name: 'setempty', dimensions: 1, text: `create setempty hash:ip family ${family}\n` },
    {
      name: 'settime',
      dimensions: 1,
      text: filled(`hash:ip family ${family} timeout 86400`, 'settime', 30, host),
    },
  ];
  if (world.family === 4) {
    const bit = () => `10.81.1.${dice.between(2, 40)}`;
    specs.push({
      name: 'bitip',
      dimensions: 1,
      text: filled('bitmap:ip range 10.81.1.0/24', 'bitip', 20, bit),
    });
  }
  const list = 'create setlist list:set size 8\nadd setlist setip\nadd setlist setnet\n';
  return [...specs, { name: 'setlist', dimensions: 1, text: list }];
}

/** A narrower network that is excepted from the wider ones of the same set. */
function exceptions(dice: Dice, world: World): string {
  if (!dice.chance(0.5)) return '';
  return `add setnet ${world.family === 4 ? '10.81.1.8/29' : 'fd81:1::8/125'} nomatch\n`;
}
