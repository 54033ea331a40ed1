/**
 * Finding messages in damaged text, and mending what can be mended without guessing: blanks doubled, eaten or
 * turned into tabs, several records on one line, a `TRACE:` whose beginning is cut off. Pure functions over text
 * and indices; what is used and what is reported is reader.ts' decision.
 */
import { parseAddress } from '../model/address.ts';

/** Where a message begins, and where its `table:chain:type:number` does. */
export interface MessageStart {
  readonly at: number;
  readonly place: number;
}

const START = /TRACE: *(?=(?:raw|mangle|nat|filter|security):)/g;
/** What is left of `TRACE: ` when its beginning is gone. */
const CUT_START =
  /^(?:(?:RACE|ACE|CE|E)?: *| +)?(?=(?:raw|mangle|nat|filter|security):\S+:(?:rule|return|policy):\d+\s*IN=)/;

/** All messages in `text` from `from` on. Only the first may lack the beginning of its `TRACE:`. */
export function findMessages(text: string, from: number): MessageStart[] {
  const starts: MessageStart[] = [];
  START.lastIndex = from;
  for (let match = START.exec(text); match !== null; match = START.exec(text)) {
    starts.push({ at: match.index, place: match.index + match[0].length });
  }
  if (starts[0]?.at !== from) {
    const cut = CUT_START.exec(text.slice(from, starts[0]?.at ?? text.length));
    if (cut !== null) starts.unshift({ at: from, place: from + cut[0].length });
  }
  return starts;
}

/**
 * The place's word at `at`: up to the next blank, or up to `IN=` where the blank between is eaten.
 * @returns the word, and the index where the body begins
 */
export function cutPlace(text: string, at: number): { word: string; body: number } {
  const word = /^\S*/.exec(text.slice(at))?.[0] ?? '';
  const glued = /^(\S+:(?:rule|return|policy):\d+)IN=/.exec(word)?.[1];
  const own = glued ?? word;
  let body = at + own.length;
  while (text[body] === ' ' || text[body] === '\t') body++;
  return { word: own, body };
}

/** One blank for each run of blanks, one at the end. */
export function respace(text: string): string {
  return `${text.trim().replace(/\s+/g, ' ')} `;
}

/** Keys before which a blank may have been eaten. Longer ones first: PHYSOUT holds OUT, UID holds ID. */
const KEYS =
  /(?:PHYSIN|PHYSOUT|HOPLIMIT|FLOWLBL|PARAMETER|POINTER|GATEWAY|TUNNEL|WINDOW|PROTO|PREC|URGP|TYPE|CODE|MARK|MTU|UID|GID|OUT|MAC|SRC|DST|LEN|TOS|TTL|SPT|DPT|SEQ|ACK|RES|SPI|TC|ID)=/g;

/** Puts blanks back before keys and flags, writes IPv6 addresses in full, takes out a MAC that was made illegible. */
export function mend(text: string): string {
  return respace(
    text
      .replace(KEYS, (key, at: number) => (/[\s[(]/.test(text[at - 1] ?? ' ') ? key : ` ${key}`))
      .replace(/(RES=0x[0-9a-f]{2})(?=[A-Z])/, '$1 ')
      .replace(/( ID=\d+)(?=[CDMF])/, '$1 ')
      .replace(/ MAC=(?![0-9a-f:]*\s)\S+/, '')
      .replace(/(SRC|DST)=([0-9a-fA-F:.]*::[0-9a-fA-F:.]*)/g, (whole, key: string, short: string) => {
        const address = parseAddress(short);
        return address === null ? whole : `${key}=${inFull(address.words)}`;
      }),
  );
}

/** A line that a terminal wrapped and padded in mid-word: long runs of blanks go, blanks before keys come back. */
export function joinWrapped(text: string): string {
  return mend(text.replace(/\s{8,}/g, ''));
}

function inFull(words: readonly number[]): string {
  const digits = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  return digits.match(/.{4}/g)?.join(':') ?? '';
}

/** The index in `raw` of what stands at `index` in a text that was made of it by moving blanks; 0 if it was not. */
export function indexIn(raw: string, mended: string, index: number): number {
  let i = 0;
  for (let j = 0; j < index; j++) {
    if (mended[j] === ' ') continue;
    while (/\s/.test(raw[i] ?? '')) i++;
    if (raw[i] !== mended[j]) return 0;
    i++;
  }
  while (i < raw.length && /\s/.test(raw[i] ?? '')) i++;
  return i;
}

/** Words that may still follow a packet that is otherwise complete. */
const LAST_WORDS = ['OPT (', 'UID=', 'GID=', 'MARK=0x'];

/**
 * Whether `rest`, what stands behind a complete packet, belongs to it: a word that is cut or damaged. Then the
 * packet's options, owner or mark are not known.
 */
export function isOfPacket(rest: string): boolean {
  const text = rest.trimEnd();
  return (
    /\b(?:OPT \(|[UG]ID=|MARK=)/.test(text) || LAST_WORDS.some((word) => text !== '' && word.startsWith(text))
  );
}
