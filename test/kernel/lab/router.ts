/**
 * The host under test: one namespace with links, rules and sets, and a second one that holds the far end of
 * every link. Hears and sends bytes; what they mean is others' matter. Always closed, even after an error.
 */
import { Agent, type Origin } from './agent.ts';
import { run } from './command.ts';
import { prefix } from './machine.ts';
import type { Network } from './network.ts';

const SAVE = { 4: 'iptables-legacy-save', 6: 'ip6tables-legacy-save' } as const;
const RESTORE = { 4: 'iptables-legacy-restore', 6: 'ip6tables-legacy-restore' } as const;
const TOOL = { 4: 'iptables-legacy', 6: 'ip6tables-legacy' } as const;
const NAMES = { 4: 'ip_tables_names', 6: 'ip6_tables_names' } as const;
/** Tables in the order in which a packet meets them. */
const ORDER = ['raw', 'mangle', 'nat', 'filter', 'security'];

/**
 * A plain router that keeps still: it answers no echo, sends no redirects (they are rate-limited per peer), and
 * never limits its errors.
 */
const SETTINGS = [
  'net.ipv4.icmp_echo_ignore_all=1',
  'net.ipv6.icmp.echo_ignore_all=1',
  'net.ipv4.conf.all.send_redirects=0',
  'net.ipv4.conf.default.send_redirects=0',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv4.ip_forward=1',
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv4.icmp_msgs_per_sec=1000000',
  'net.ipv4.icmp_msgs_burst=1000000',
  'net.ipv6.icmp.ratelimit=0',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv6.conf.default.accept_dad=0',
  'net.ipv6.conf.default.dad_transmits=0',
  'net.ipv6.conf.default.mldv2_unsolicited_report_interval=1',
];

/**
 * No resets and no timestamp replies either: both ask the policy after the last hook (net/ipv4/tcp_ipv4.c,
 * no_tcp_socket; net/ipv4/icmp.c, icmp_rcv).
 */
const UNANSWERED = [
  ['proto', 'tcp'],
  ['proto', 'icmp', 'type', '13'],
];

/** What the printing tools say of a host: the files of a case folder that tell its state. */
export interface HostState {
  readonly 'rules.save': string;
  readonly 'rules.list': string;
  readonly 'ipset.save': string;
  readonly 'ip-addr.txt': string;
  readonly 'ip-route.txt': string;
  readonly 'ip-rule.txt': string;
  readonly 'conntrack.txt': string;
}

let count = 0;

export class Router {
  readonly family: 4 | 6;
  readonly network: Network;
  readonly #host: string;
  readonly #far: string;
  readonly #mute: boolean;
  readonly #macs = new Map<string, string>();
  #inside: Agent | null = null;
  #outside: Agent | null = null;

  private constructor(family: 4 | 6, network: Network, mute: boolean) {
    this.family = family;
    this.network = network;
    this.#mute = mute;
    const name = `${prefix()}${count++}`;
    this.#host = `${name}r`;
    this.#far = `${name}f`;
  }

  /**
   * Builds the namespaces. Nothing that is delivered on a mute host is answered, not even by an ICMP error: who
   * listens there is beyond knowing.
   * @throws Error if a tool refuses; nothing is left then.
   */
  static async open(family: 4 | 6, network: Network, mute = false): Promise<Router> {
    const router = new Router(family, network, mute);
    try {
      router.#build();
      router.#inside = new Agent(router.#host);
      router.#outside = new Agent(router.#far);
      for (const link of router.#veths()) await router.#outside.link(link.name);
      return router;
    } catch (error) {
      await router.close();
      throw error;
    }
  }

  /** Ends the agents and removes the namespaces. */
  async close(): Promise<void> {
    await this.#inside?.close();
    await this.#outside?.close();
    const there = run('ip', ['netns', 'list']);
    for (const name of [this.#host, this.#far]) {
      if (new RegExp(`^${name}\\b`, 'm').test(there)) run('ip', ['netns', 'del', name]);
    }
  }

  /** Link address of a device's far end. */
  farMac(device: string): string {
    return this.#macs.get(device) ?? '02:00:00:00:00:00';
  }

  /** Link address of a device of the host. */
  mac(device: string): string {
    const link = this.network.links.find(({ name }) => name === device);
    const bridge = this.network.links.find(({ name }) => name === link?.master);
    return bridge?.mac ?? link?.mac ?? '02:00:00:00:00:00';
  }

  /** Names of the host's devices. */
  get devices(): readonly string[] {
    return ['lo', ...this.network.links.map(({ name }) => name)];
  }

  /** Tables that are loaded: a table stays loaded as long as the host lives. */
  get tables(): readonly string[] {
    const loaded = this.#inHost('cat', [`/proc/net/${NAMES[this.family]}`]).split('\n');
    return ORDER.filter((table) => loaded.includes(table));
  }

  /** Replaces sets, rules and connections. `rules` is restore text of whole tables. */
  load(rules: string, sets: string): void {
    const empty = this.tables.map((table) => `*${table}\nCOMMIT\n`).join('');
    this.#inHost(RESTORE[this.family], [], empty);
    this.#inHost('ipset', ['destroy']);
    this.#inHost('ipset', ['restore'], sets);
    this.#inHost(RESTORE[this.family], ['--counters'], rules);
    this.forget();
  }

  /** Forgets all connections. */
  forget(): void {
    run('ip', ['netns', 'exec', this.#host, 'sh', '-c', 'conntrack -F 2>/dev/null']);
  }

  /** Tells the host beforehand who is where, as ARP and a bridge's learning would. */
  meet(address: string, mac: string, device: string): void {
    const master = this.network.links.find(({ name }) => name === device)?.master ?? null;
    const neighbour = ['replace', address, 'lladdr', mac, 'nud', 'permanent', 'dev', master ?? device];
    this.#ip(['neigh', ...neighbour]);
    if (master !== null)
      run('bridge', ['-n', this.#host, 'fdb', 'replace', mac, 'dev', device, 'master', 'static']);
  }

  /** Prints the state as a person would save it. */
  print(): HostState {
    const listings = this.tables.map((table) =>
      this.#inHost(TOOL[this.family], ['-t', table, '-L', '-v', '-n']),
    );
    const family = this.family === 4 ? [] : ['-6'];
    return {
      'rules.save': this.save(),
      'rules.list': listings.join('\n'),
      'ipset.save': this.#inHost('ipset', ['save']),
      'ip-addr.txt': this.#ip(['addr']),
      'ip-route.txt': ['-4', '-6']
        .map((which) => this.#ip([which, 'route', 'show', 'table', 'all']))
        .join(''),
      'ip-rule.txt': this.#ip([...family, 'rule']),
      'conntrack.txt': run('ip', [
        'netns',
        'exec',
        this.#host,
        'sh',
        '-c',
        `conntrack -L -f ipv${this.family} 2>&1`,
      ]),
    };
  }

  /** `iptables-save -c`. */
  save(): string {
    return this.#inHost(SAVE[this.family], ['-c']);
  }

  /** Sends a frame into the far end of `device`. */
  async arrive(device: string, frame: Uint8Array): Promise<void> {
    await this.#outside?.frame(device, frame);
  }

  /** Sends a packet from the host itself. @returns the kernel's complaint, or null. */
  async originate(dst: string, origin: Origin, packet: Uint8Array): Promise<string | null> {
    return (await this.#inside?.packet(this.family, dst, origin, packet)) ?? null;
  }

  /** What left the host since last asked, by device. */
  async heard(): Promise<readonly { readonly device: string; readonly frame: Uint8Array }[]> {
    return (await this.#outside?.heard()) ?? [];
  }

  #veths(): Network['links'] {
    return this.network.links.filter(({ kind }) => kind === 'veth');
  }

  #ip(args: readonly string[]): string {
    return run('ip', ['-n', this.#host, ...args]);
  }

  #inHost(command: string, args: readonly string[], input = ''): string {
    return run('ip', ['netns', 'exec', this.#host, command, ...args], input);
  }

  #build(): void {
    for (const name of [this.#host, this.#far]) run('ip', ['netns', 'add', name]);
    const quiet = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];
    run('ip', ['netns', 'exec', this.#far, 'sysctl', '-qw', ...quiet]);
    this.#inHost('sysctl', ['-qw', ...SETTINGS]);
    this.#inHost('sysctl', ['-qw', 'net.ipv4.conf.lo.disable_policy=0', 'net.ipv6.conf.lo.disable_policy=0']);
    const any = this.family === 4 ? '0.0.0.0/0' : '::/0';
    for (const what of this.#mute ? [[]] : UNANSWERED) {
      this.#ip(['xfrm', 'policy', 'add', 'dir', 'in', 'src', any, 'dst', any, ...what, 'action', 'block']);
    }
    const host = ['link set lo up'];
    const far: string[] = [];
    this.network.links.forEach((link, i) => {
      const mac = `02:fa:00:00:00:${(i + 1).toString(16).padStart(2, '0')}`;
      this.#macs.set(link.name, mac);
      if (link.kind === 'veth') {
        host.push(
          `link add ${link.name} address ${link.mac} type veth peer name ${link.name} address ${mac} netns ${this.#far}`,
        );
        far.push(`link set ${link.name} up`);
      } else {
        host.push(`link add ${link.name} address ${link.mac} type bridge`);
      }
    });
    for (const { name, master } of this.network.links) {
      if (master !== null) host.push(`link set ${name} master ${master}`);
      host.push(`link set ${name} up`);
    }
    this.#batch(this.#host, host);
    this.#batch(this.#far, far);
    this.#batch(this.#host, this.#addressing());
    for (const { family, text } of this.network.rules)
      this.#ip([`-${family}`, 'rule', 'add', ...text.split(' ')]);
  }

  /** Addresses, routes, and a neighbour entry for every address that a packet may go to. */
  #addressing(): string[] {
    const lines = this.network.links.flatMap(({ name, addresses }) =>
      addresses.map((address) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
    );
    for (const route of this.network.routes) lines.push(`route add ${route}`);
    for (const { name, addresses } of this.#veths()) {
      for (const address of [...addresses.flatMap(hostsAround), ...this.#gateways(name)]) {
        lines.push(`neigh replace ${address} lladdr ${this.farMac(name)} nud permanent dev ${name}`);
      }
    }
    return lines;
  }

  #gateways(device: string): string[] {
    return this.network.routes
      .filter((route) => new RegExp(` dev ${device}\\b`).test(route))
      .flatMap((route) => {
        const via = / via (\S+)/.exec(route)?.[1];
        const [to = ''] = route.split(' ');
        return via !== undefined ? [via] : to.includes('/') || to === 'default' ? [] : [to];
      });
  }

  #batch(namespace: string, lines: readonly string[]): void {
    run('ip', ['-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`);
  }
}

/** The first 255 addresses of the network around `address/length`, without itself. */
function hostsAround(address: string): string[] {
  const [text = '', own = ''] = /^(\S+[.:])([0-9a-f]+)\//.exec(address)?.slice(1) ?? [];
  return Array.from({ length: 254 }, (_, i) => (address.includes(':') ? (i + 1).toString(16) : String(i + 1)))
    .filter((last) => last !== own)
    .map((last) => `${text}${last}`);
}
