/**
 * What one evaluation did to its packet's connection once conntrack had looked: enough to do the same for
 * a packet that is like it (repeat.ts). What cannot be done again without running the rules spoils it.
 */
import type { Connection } from './connection.ts';
import type { Manip, NatRange } from './nat.ts';
import type { CtState } from './skb.ts';

export type Deed =
  /** A binding, and the connection as it was afterwards. */
  | {
      readonly kind: 'bind';
      readonly range: NatRange;
      readonly manip: Manip;
      readonly connection: Connection;
    }
  /** Values that do not depend on the packet's ports. */
  | { readonly kind: 'change'; readonly patch: Partial<Pick<Connection, 'mark' | 'masqueradeOut'>> }
  /** After the last table: put into the table, if it is new. */
  | { readonly kind: 'confirm' };

/** The packet's connection when conntrack had looked at it. */
export interface Begun {
  /** It was not to be tracked, so conntrack did not look. */
  readonly untracked: boolean;
  readonly ct: CtState;
  /** As it was then; null if the packet has none. */
  readonly connection: Connection | null;
}

export class Deeds {
  readonly list: Deed[] = [];
  begun: Begun | null = null;
  /** False: doing the same again would not be enough. */
  regular = true;

  /** Conntrack has looked, or let it be. @param before what the packet had carried until then */
  begin(before: CtState, ct: CtState): void {
    if (this.begun !== null) return;
    if (before.kind !== 'unset' && before.kind !== 'untracked') this.regular = false;
    const connection = ct.kind === 'tracked' ? ct.tracked.connection : null;
    this.begun = { untracked: before.kind === 'untracked', ct, connection };
  }

  add(deed: Deed): void {
    if (this.begun === null) this.regular = false;
    this.list.push(deed);
  }

  /** Something that only conntrack's own look does again. */
  other(): void {
    if (this.begun !== null) this.regular = false;
  }

  spoil(): void {
    this.regular = false;
  }
}
