/** The saved sets of two hosts → which entries came and went. Counters, timeouts and comments do not matter. */
import { networkText } from '../model/address.ts';
import type { Context, IpSet, IpSetEntry, SetElement } from '../model/context.ts';
import type { SetChange } from '../model/difference.ts';
import { protocolKey } from '../model/protocol.ts';

/** The sets that differ, by name; none where a side saved no sets. */
export function compareSets(a: Context, b: Context): readonly SetChange[] {
  if (a.sets === null || b.sets === null) return [];
  const names = [...new Set([...a.sets.keys(), ...b.sets.keys()])].sort();
  return names.flatMap((name) => {
    const [before, after] = [a.sets?.get(name), b.sets?.get(name)];
    const [x, y] = [entriesOf(before), entriesOf(after)];
    const removed = [...x].filter((entry) => !y.has(entry));
    const added = [...y].filter((entry) => !x.has(entry));
    const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    return kind === 'changed' && removed.length + added.length === 0 ? [] : [{ kind, name, removed, added }];
  });
}

function entriesOf(set: IpSet | undefined): ReadonlySet<string> {
  return new Set(set?.entries.map(entryText));
}

/** As `ipset save` writes it. */
function entryText({ elements, nomatch }: IpSetEntry): string {
  return elements.map(elementText).join(',') + (nomatch ? ' nomatch' : '');
}

function elementText(element: SetElement): string {
  switch (element.kind) {
    case 'network':
      return networkText(element.network).replace(element.network.family === 'ipv4' ? /\/32$/ : /\/128$/, '');
    case 'addresses':
      return element.from.text === element.to.text
        ? element.from.text
        : `${element.from.text}-${element.to.text}`;
    case 'port': {
      const { protocol, ports } = element;
      const range = ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`;
      return protocol === null ? range : `${protocolKey(protocol)}:${range}`;
    }
    case 'mac':
      return element.mac;
    case 'interface':
      return `${element.physdev ? 'physdev:' : ''}${element.name}${element.wildcard ? '+' : ''}`;
    case 'mark':
      return `0x${element.mark.toString(16)}`;
    case 'set':
      return element.name;
  }
}
