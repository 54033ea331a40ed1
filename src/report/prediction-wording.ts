/** What predictions have words for: why a packet went no further, and what context is wanting. */
import type { Assumption, AssumptionKind } from '../model/check.ts';
import { CONTEXT_FILES, type ContextKind } from '../model/context.ts';
import type { Ending } from '../model/prediction.ts';

/** Why a packet went no further although no rule said so: the end of a sentence. */
export const ENDING_WORDING = {
  'no-route': 'there is no route to its destination',
  'blackhole-route': 'the route to its destination is a blackhole',
  'prohibit-route': 'the route to its destination is prohibited',
  'unreachable-route': 'the route says that its destination is unreachable',
  'martian-source': 'no packet may come with its source (a martian)',
  'martian-destination': 'no packet may come for its destination (a martian)',
  'rp-filter': 'the way back to its source is another interface (rp_filter)',
  'no-route-back': 'there is no route back to its source (rp_filter)',
  'forwarding-off': 'this host does not forward',
  'ttl-exceeded': 'its TTL ran out',
  'too-big': 'it is larger than the next link takes',
  'not-for-us': 'on the link it is addressed to another host',
  'not-joined': 'nobody on this host joined its multicast group',
  'source-not-forwardable': 'packets of its source are not forwarded',
  'hot-drop': 'a match drops it, since it is malformed',
  'nat-clash': 'NAT found no free address and port for its connection',
  'nat-moved': 'its masqueraded connection left by another interface before, so it was forgotten',
  'nat-refused': 'NAT cannot translate it',
  reassembly: 'it is a fragment, held until the others come',
  'no-address': 'the interface has no address that it could get',
  'no-listener': 'nobody listens to the queue',
  helper: 'a connection helper drops it',
  'rules-loop': 'the rules go in circles',
} satisfies Record<Ending, string>;

/** What each part of the context tells. */
const CONTEXT_WORDING = {
  sets: 'what is in the sets',
  addresses: 'interfaces and their addresses',
  routes: 'where packets go, and which addresses are this host’s',
  'routing-rules': 'which routing table counts',
  connections: 'which connections stood before',
  settings: 'forwarding, rp_filter and the like',
} satisfies Record<ContextKind, string>;

/** A part of the context: the file to save, the command that makes it, and what it tells. */
export function wantedFile(kind: ContextKind): {
  readonly file: string;
  readonly command: string;
  readonly tells: string;
} {
  const { file, command } = CONTEXT_FILES[kind];
  const shell = command.includes(';') ? `(${command}) > ${file}` : `${command} > ${file}`;
  return { file, command: shell, tells: CONTEXT_WORDING[kind] };
}

/** What an assumption is about, where no file tells it. */
const ASSUMED_WORDING = {
  set: 'a set as it was then',
  conntrack: 'a connection from before',
  chance: 'chance',
  host: 'the host as it was then',
  packet: 'what no line shows of the packet',
  unseen: 'a packet that the log lacks',
} satisfies Record<AssumptionKind, string>;

/** What would have told an assumption: `ip-route.txt would tell`, or why nothing would. */
export function tellerOf({ kind, settledBy }: Assumption): string {
  return settledBy === undefined ? ASSUMED_WORDING[kind] : `${CONTEXT_FILES[settledBy].file} would tell`;
}
