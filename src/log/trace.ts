/**
 * One TRACE message, `TRACE: table:chain:type:number IN=…`, into its place and its packet: a hand scanner,
 * whose definition is grammar/trace-line.ne. Both take the message with exactly one blank at its end. Damage
 * (repair.ts) and what stands around the message (envelope.ts) are other rooms' matter.
 */
import type { TraceType } from '../model/event.ts';
import { isTableName, type TableName } from '../model/hook.ts';
import type { Packet } from '../model/packet.ts';
import { Cursor } from './cursor.ts';
import { Draft, packetOf } from './draft.ts';
import { type Ending, scanHeader, U32 } from './header.ts';
import { scanTransport } from './transport.ts';

/** Where in the rules a line was printed. */
export interface Place {
  readonly table: TableName;
  readonly chain: string;
  readonly type: TraceType;
  readonly number: number;
}

/** A message as the scanner and the grammar read it. */
export interface Message extends Place {
  readonly packet: Packet;
}

/**
 * Parses `table:chain:type:number`. A chain's name may hold colons, and even `x:rule:3`: the table ends at
 * the first colon, type and number are the last two parts.
 */
export function parsePlace(word: string): Place | null {
  const afterTable = word.indexOf(':');
  const beforeNumber = word.lastIndexOf(':');
  const beforeType = word.lastIndexOf(':', beforeNumber - 1);
  if (afterTable < 0 || beforeType <= afterTable + 1) return null;
  const table = word.slice(0, afterTable);
  const type = word.slice(beforeType + 1, beforeNumber);
  const digits = word.slice(beforeNumber + 1);
  if (!isTableName(table) || !isTraceType(type) || !/^[1-9]\d{0,9}$/.test(digits)) return null;
  const number = Number(digits);
  const chain = word.slice(afterTable + 1, beforeType);
  return number > U32 || /\s/.test(chain) ? null : { table, chain, type, number };
}

function isTraceType(word: string): word is TraceType {
  return word === 'rule' || word === 'return' || word === 'policy';
}

/** Reads the part of a message from `IN=` on. After a scan `end` and `draft` tell how far it came. */
export class BodyScanner {
  private readonly cursor = new Cursor();
  private state = new Draft();
  private ending: Ending = 'refused';

  /**
   * @param text from `IN=` on, with one blank at the end
   * @returns null unless the whole text is one packet, no more and no less
   */
  scan(text: string): Packet | null {
    const packet = this.scanFirst(text);
    return packet !== null && this.cursor.at === text.length ? packet : null;
  }

  /** Like `scan`, but something else may follow the packet, from `end` on. */
  scanFirst(text: string): Packet | null {
    const { cursor } = this;
    const draft = new Draft();
    this.state = draft;
    cursor.text = text;
    cursor.at = 0;
    this.ending = scanLink(cursor, draft);
    if (this.ending === 'open') this.ending = scanHeader(cursor, draft);
    if (this.ending === 'open') this.ending = scanTransport(cursor, draft, false);
    if (this.ending === 'open') this.ending = scanTail(cursor, draft);
    return this.ending === 'refused' ? null : packetOf(draft);
  }

  /**
   * The packet of the last scan as far as it was read, if the text ended too early: at a word that is not there or
   * is cut itself, behind the fixed part of the IP header.
   * @returns null if the text goes on behind the word that is wrong, or too little was read
   */
  rescue(): Packet | null {
    const { text, at } = this.cursor;
    const blank = text.indexOf(' ', at);
    return this.state.identified && (blank < 0 || blank === text.length - 1) ? packetOf(this.state) : null;
  }

  /** Where the last scan ended: behind the packet, or at the word that is wrong. */
  get end(): number {
    return this.cursor.at;
  }

  /** Protocol that the last scan had read when it ended. */
  get protocol(): number | null {
    return this.state.protocol;
  }
}

/** `IN= OUT= PHYSIN= PHYSOUT= MAC= TUNNEL=`. */
function scanLink(cursor: Cursor, draft: Draft): Ending {
  const input = scanDevice(cursor, 'IN=');
  if (input === null) return 'refused';
  const output = scanDevice(cursor, 'OUT=');
  if (output === null) return 'refused';
  draft.in = input;
  draft.out = output;
  draft.physIn = scanDevice(cursor, 'PHYSIN=');
  draft.physOut = scanDevice(cursor, 'PHYSOUT=');
  const from = cursor.at;
  draft.mac = cursor.word('MAC=');
  if (draft.mac !== null && !isMac(draft.mac)) {
    draft.mac = null;
    cursor.at = from;
    return 'refused';
  }
  return draft.mac !== null && cursor.text.startsWith('TUNNEL=', cursor.at)
    ? scanTunnel(cursor, draft)
    : 'open';
}

/** A device's name, or nothing: net/core/dev.c, dev_valid_name. */
function scanDevice(cursor: Cursor, key: string): string | null {
  const from = cursor.at;
  const name = cursor.word(key);
  if (name === null || /^[^\s/:]{0,15}$/.test(name)) return name;
  cursor.at = from;
  return null;
}

/** Two hex digits a byte, joined by colons; nothing for devices without a link header. */
function isMac(text: string): boolean {
  if (text.length % 3 !== 2) return text === '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const digit = (code >= 48 && code <= 57) || (code >= 97 && code <= 102);
    if (i % 3 === 2 ? code !== 58 : !digit) return false;
  }
  return true;
}

/** `TUNNEL=a.b.c.d->e.f.g.h `: sit devices of kernels before 5.10. */
function scanTunnel(cursor: Cursor, draft: Draft): Ending {
  const from = cursor.at;
  const word = cursor.word('TUNNEL=');
  if (word === null || !/^\d{1,3}(\.\d{1,3}){3}->\d{1,3}(\.\d{1,3}){3}$/.test(word)) {
    cursor.at = from;
    return 'refused';
  }
  draft.tunnel = word;
  return 'open';
}

/** `UID= GID= MARK=`: UID and GID come together. */
function scanTail(cursor: Cursor, draft: Draft): Ending {
  const uid = cursor.decimal('UID=', U32);
  if (uid >= 0) {
    const gid = cursor.decimal('GID=', U32);
    if (gid < 0) return 'refused';
    draft.uid = uid;
    draft.gid = gid;
  }
  const mark = cursor.hex('MARK=0x', 1, 8);
  if (mark >= 0) draft.mark = mark;
  return 'open';
}
