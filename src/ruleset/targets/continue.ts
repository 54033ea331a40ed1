/**
 * Targets that change nothing that a later rule or TRACE line shows, and continue. One table says for each how
 * its options become iptables-save's words, and how a listing's words do.
 */
import type { ContinueTarget } from '../../model/target.ts';
import type { Options } from '../line/options.ts';
import { quotePattern, unescaped } from '../line/quote.ts';
import { type OptionTable, words } from '../matches/syntax.ts';
import type { TargetSyntax } from './syntax.ts';

interface Row {
  readonly options: OptionTable;
  /** The save form's options; null if what must be told is missing. */
  save(options: Options): string | null;
  /** Sticky; what it prints in a listing. */
  readonly listed: RegExp;
  /** The groups of `listed` → the save form's options. */
  fromList(groups: readonly (string | undefined)[]): string;
}

/** `option word`, if it is given and its word looks so. */
function given(options: Options, name: string, pattern: RegExp): string | null {
  const word = options.value(name, (text) => (pattern.test(text) ? text : null));
  return word === null ? null : `--${name} ${word}`;
}

function hex4(text: string): string {
  return Number.parseInt(text, 16).toString(16).padStart(4, '0');
}

function classOf(major: string, minor: string): string {
  return `--set-class ${hex4(major)}:${hex4(minor)}`;
}

const TCP_OPTIONS = new Map([
  ['mss', 2],
  ['wscale', 3],
  ['sack-permitted', 4],
  ['sack', 5],
  ['timestamp', 8],
  ['md5', 19],
]);

function stripOptions(text: string): string {
  const numbers = text.split(',').map((name) => TCP_OPTIONS.get(name) ?? Number(name));
  return `--strip-options ${numbers.toSorted((a, b) => a - b).join(',')}`;
}

const ROWS: Readonly<Record<ContinueTarget['name'], Row>> = {
  CHECKSUM: {
    options: { 'checksum-fill': 0 },
    save: (options) => (options.has('checksum-fill') ? '--checksum-fill' : null),
    listed: /CHECKSUM fill/y,
    fromList: () => '--checksum-fill',
  },
  CLASSIFY: {
    options: { 'set-class': 1 },
    save: (options) =>
      options.value('set-class', (word) => {
        const [, major = '', minor = ''] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(word) ?? [];
        return major === '' ? null : classOf(major, minor);
      }),
    listed: /CLASSIFY set ([0-9a-f]+):([0-9a-f]+)/y,
    fromList: ([major = '', minor = '']) => classOf(major, minor),
  },
  ECN: {
    options: { 'ecn-tcp-remove': 0, 'ecn-tcp-cwr': 1, 'ecn-tcp-ece': 1, 'ecn-ip-ect': 1 },
    save: (options) =>
      options.has('ecn-tcp-remove')
        ? '--ecn-tcp-remove'
        : words(
            ...['ecn-tcp-ece', 'ecn-tcp-cwr', 'ecn-ip-ect'].map((name) => given(options, name, /^[0-3]$/)),
          ),
    listed: /ECN(?:( TCP remove)|(?: ECE=([01]))?(?: CWR=([01]))?(?: ECT codepoint=([0-3]))?)(?=\s|$)/y,
    fromList: ([remove, ece, cwr, ect]) =>
      remove === undefined
        ? words(ece && `--ecn-tcp-ece ${ece}`, cwr && `--ecn-tcp-cwr ${cwr}`, ect && `--ecn-ip-ect ${ect}`)
        : '--ecn-tcp-remove',
  },
  AUDIT: {
    options: { type: 1 },
    save: (options) => given(options, 'type', /^(?:accept|drop|reject)$/),
    listed: /AUDIT (accept|drop|reject)/y,
    fromList: ([type]) => `--type ${type}`,
  },
  IDLETIMER: {
    options: { timeout: 1, label: 1, alarm: 0, send_nl_msg: 0 },
    save: (options) =>
      words(
        given(options, 'timeout', /^[0-9]+$/),
        given(options, 'label', /^\S+$/),
        options.has('alarm') && '--alarm',
        options.has('send_nl_msg') && '--send_nl_msg',
      ),
    listed: /timeout:([0-9]+) label:(\S+)( alarm)?( send_nl_msg)?/y,
    fromList: ([timeout, label, alarm, message]) =>
      words(`--timeout ${timeout} --label ${label}`, alarm && '--alarm', message && '--send_nl_msg'),
  },
  RATEEST: {
    options: { 'rateest-name': 1, 'rateest-interval': 1, 'rateest-ewmalog': 1 },
    save: (options) =>
      words(
        given(options, 'rateest-name', /^\S+$/),
        given(options, 'rateest-interval', /^[0-9.]+[a-z]+$/),
        given(options, 'rateest-ewmalog', /^[0-9.]+[a-z]+$/),
      ),
    listed: /name (\S+) interval ([0-9.]+[a-z]+) ewmalog ([0-9.]+[a-z]+)/y,
    fromList: ([name, interval, ewmalog]) =>
      `--rateest-name ${name} --rateest-interval ${interval} --rateest-ewmalog ${ewmalog}`,
  },
  TCPOPTSTRIP: {
    options: { 'strip-options': 1 },
    save: (options) =>
      options.value('strip-options', (word) =>
        /^[0-9a-z-]+(?:,[0-9a-z-]+)*$/.test(word) ? stripOptions(word) : null,
      ) ?? '',
    listed: /(?:TCPOPTSTRIP options ([0-9a-z,-]+))?/y,
    fromList: ([list]) => (list === undefined ? '' : stripOptions(list)),
  },
  SECMARK: {
    options: { selctx: 1 },
    save: (options) => given(options, 'selctx', /^\S+$/),
    listed: /SECMARK selctx (\S+)/y,
    fromList: ([context]) => `--selctx ${context}`,
  },
  CONNSECMARK: {
    options: { save: 0, restore: 0 },
    save: (options) => (options.has('save') ? '--save' : options.has('restore') ? '--restore' : null),
    listed: /CONNSECMARK (save|restore)/y,
    fromList: ([operation]) => `--${operation}`,
  },
  LED: {
    options: { 'led-trigger-id': 1, 'led-delay': 1, 'led-always-blink': 0 },
    save(options) {
      const id = options.text('led-trigger-id');
      const delay = options.text('led-delay');
      return (
        id &&
        words(
          `--led-trigger-id ${quotePattern(id)}`,
          delay && delay !== '0' && `--led-delay ${delay}`,
          options.has('led-always-blink') && '--led-always-blink',
        )
      );
    },
    listed: /led-trigger-id:"((?:[^"\\]|\\[\s\S])*)" led-delay:(?:(inf)|([0-9]+)ms)( led-always-blink)?/y,
    fromList: ([id = '', forever, delay = '0', blink]) =>
      words(
        `--led-trigger-id ${quotePattern(unescaped(id))}`,
        (forever !== undefined || delay !== '0') && `--led-delay ${forever ?? delay}`,
        blink && '--led-always-blink',
      ),
  },
};

function isName(name: string): name is ContinueTarget['name'] {
  return Object.hasOwn(ROWS, name);
}

/** One syntax a name, because each has its own options. */
function rowSyntax(name: ContinueTarget['name']): TargetSyntax<ContinueTarget> {
  const row = ROWS[name];
  return {
    names: [name],
    options: row.options,
    fromSave(options) {
      const text = row.save(options);
      return text === null ? null : { kind: 'continue', name, options: text };
    },
    fromList(tail) {
      const found = tail.take(row.listed);
      return found === null ? null : { kind: 'continue', name, options: row.fromList(found.slice(1)) };
    },
    print: (target) => words(`-j ${target.name}`, target.options),
  };
}

export const CONTINUING: readonly TargetSyntax<ContinueTarget>[] = Object.keys(ROWS)
  .filter(isName)
  .map(rowSyntax);

export const printContinue = (target: ContinueTarget): string => words(`-j ${target.name}`, target.options);
