/**
 * `-j LOG --log-prefix "x" --log-level 6` ↔ `LOG flags 0 level 6 prefix "x"`, without -n `LOG level info prefix "x"`:
 * extensions/libxt_LOG.c. A listing prints the prefix raw: it ends at the last quote of the line.
 */
import type { LogTarget } from '../../model/target.ts';
import { quote } from '../line/quote.ts';
import { words } from '../matches/syntax.ts';
import { syslogLevel } from '../names/syslog.ts';
import type { TargetSyntax } from './syntax.ts';

const WARNING = 4;

/** Option of the save form, word of a listing without -n, bit. */
const FLAGS: readonly (readonly [option: string, word: string, bit: number])[] = [
  ['log-tcp-sequence', 'tcp-sequence', 1],
  ['log-tcp-options', 'tcp-options', 2],
  ['log-ip-options', 'ip-options', 4],
  ['log-uid', 'uid', 8],
  ['log-macdecode', 'macdecode', 32],
];

export const log: TargetSyntax<LogTarget> = {
  names: ['LOG'],
  options: {
    'log-level': 1,
    'log-prefix': 1,
    ...Object.fromEntries(FLAGS.map(([option]) => [option, 0])),
  },
  fromSave(options) {
    const set = FLAGS.filter(([option]) => options.has(option));
    return {
      kind: 'LOG',
      prefix: options.text('log-prefix') ?? '',
      level: options.value('log-level', syslogLevel) ?? WARNING,
      flags: set.reduce((flags, [, , bit]) => flags | bit, 0),
    };
  },
  fromList(tail) {
    const head = tail.take(/LOG (?:flags ([0-9]+) )?level ([0-9a-z]+)/y);
    if (head === null) return null;
    const [, numeric, level = ''] = head;
    let flags = Number(numeric ?? 0);
    for (const [, word, bit] of FLAGS) if (tail.word(word)) flags |= bit;
    /* Up to 1.4.x between ` and '. */
    const prefix = tail.take(/prefix (?:"([\s\S]*)"|`([\s\S]*)')(?=\s*$)/y);
    return {
      kind: 'LOG',
      prefix: prefix?.[1] ?? prefix?.[2] ?? '',
      level: tail.value(syslogLevel(level), WARNING),
      flags,
    };
  },
  print: ({ prefix, level, flags }) =>
    words(
      '-j LOG',
      prefix !== '' && `--log-prefix ${quote(prefix)}`,
      level !== WARNING && `--log-level ${level}`,
      ...FLAGS.map(([option, , bit]) => (flags & bit) !== 0 && `--${option}`),
    ),
};
