/**
 * Damage to text: random bytes, cuts, doubled and swapped pieces, values at the borders, splices of two inputs. The
 * same dice give the same damage.
 */
import type { Dice } from '../kernel/generate/dice.ts';

/** Texts that parsers stumble over, whatever they read. */
const NASTY: readonly string[] = [
  ...['\0', '\t', '\r', '\u001b[31m', '\u2028', '\ufeff', '\ufffd', '\ud800', 'ü', '🦀', '\u202e'],
  ...['"', '""', '\\', '\\"', "'", '`', '|', '<', '>', '&', '#', '%', '$(', '--', '-', '!', '! !'],
  ...[
    '0',
    '-1',
    '+',
    '1e9',
    '00',
    '0x',
    '0xffffffff',
    '4294967295',
    '4294967296',
    '65535',
    '65536',
    '255',
    '256',
  ],
  ...[
    '18446744073709551616',
    '9007199254740993',
    '1'.repeat(400),
    'NaN',
    'Infinity',
    'null',
    'true',
    '{}',
    '[]',
  ],
  ...[
    '0.0.0.0/0',
    '1.2.3.4/33',
    '256.1.1.1',
    '::',
    '::/0',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '1:2:3',
    ':',
    '/',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'TRACE: ',
    'TRACE:',
    'IN=',
    'OUT=',
    ' ID=',
    ' LEN=',
  ],
  ...[
    'Chain ',
    '*',
    '*filter',
    'COMMIT',
    '-A ',
    '-j ',
    '-m ',
    ':INPUT ACCEPT [0:0]',
    '[0:0]',
    'add ',
    'create ',
  ],
  ...[
    'src=',
    'dst=',
    ',',
    ',,',
    ';',
    '=',
    '==',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '\n',
    '\n\n',
    '\r\n',
    ' ',
    '  ',
  ],
  ...[
    'message repeated 4294967295 times: [ ',
    'MESSAGE=',
    '"MESSAGE":',
    '4,1,1,-;',
    '<4>',
    '&a ',
    '*a ',
    '<<: ',
  ],
];

/** Wholly random text, of one sort of characters. */
export function noise(dice: Dice, most: number): string {
  const length = dice.below(most) + 1;
  const sort = dice.below(4);
  let text = '';
  while (text.length < length) {
    if (sort === 0) text += String.fromCharCode(dice.below(256));
    else if (sort === 1) text += String.fromCharCode(32 + dice.below(95));
    else if (sort === 2) text += dice.chance(0.1) ? '\n' : String.fromCodePoint(dice.below(0x11_0000));
    else text += dice.pick(NASTY);
  }
  return text;
}

type Damage = (text: string, dice: Dice, other: string) => string;

const place = (text: string, dice: Dice): number => dice.below(text.length + 1);

/** The text with what stands from `at` for `length` characters replaced. */
function replaced(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length);
}

/** The texts of a pattern in a text, one of which is replaced. */
function oneOf(text: string, dice: Dice, pattern: RegExp, by: (found: string) => string): string {
  const from = dice.below(text.length);
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found === null ? text : replaced(text, found.index, found[0].length, by(found[0]));
}

function byLines(text: string, work: (lines: string[]) => void): string {
  const lines = text.split('\n');
  work(lines);
  return lines.join('\n');
}

const DAMAGES: readonly Damage[] = [
  // one character
  (text, dice) =>
    replaced(text, place(text, dice), 1, String.fromCharCode(dice.below(dice.chance(0.9) ? 128 : 65_536))),
  (text, dice) => replaced(text, place(text, dice), 1, ''),
  (text, dice) => replaced(text, place(text, dice), 0, dice.pick(NASTY)),
  // a piece
  (text, dice) => replaced(text, place(text, dice), dice.below(80), ''),
  (text, dice) => {
    const from = place(text, dice);
    return replaced(text, place(text, dice), 0, text.slice(from, from + dice.below(200)));
  },
  (text, dice) => text.slice(0, place(text, dice)),
  (text, dice) => text.slice(place(text, dice)),
  // a word or a number
  (text, dice) => oneOf(text, dice, /\d+/g, () => dice.pick(NASTY)),
  (text, dice) =>
    oneOf(text, dice, /\d+/g, (found) => String(BigInt(found.slice(0, 30)) + BigInt(dice.between(-2, 2)))),
  (text, dice) => oneOf(text, dice, /[^\s"]+/g, () => dice.pick(NASTY)),
  (text, dice) => oneOf(text, dice, /[^\s"]+/g, (found) => `${found}${' '.repeat(dice.below(3))}${found}`),
  (text, dice) => oneOf(text, dice, /\s+/g, () => dice.pick(['', ' ', '\t', '\n', '      ', '\u00a0'])),
  (text, dice) => {
    const words = text.match(/\S+/g) ?? [''];
    return oneOf(text, dice, /[^\s"]+/g, () => dice.pick(words));
  },
  // lines
  (text, dice) => byLines(text, (lines) => void lines.splice(dice.below(lines.length), dice.between(1, 4))),
  (text, dice) =>
    byLines(text, (lines) => {
      const [line = ''] = lines.splice(dice.below(lines.length), 1);
      lines.splice(dice.below(lines.length + 1), 0, line);
    }),
  (text, dice) =>
    byLines(text, (lines) => {
      lines.splice(dice.below(lines.length), 0, dice.pick(lines));
    }),
  (text, dice) => oneOf(text, dice, /\n/g, () => ''),
  (text) => text.replaceAll('\n', '\r\n'),
  // two inputs
  (text, dice, other) => text.slice(0, place(text, dice)) + other.slice(place(other, dice)),
  (text, dice, other) => {
    const from = place(other, dice);
    return replaced(text, place(text, dice), 0, other.slice(from, from + dice.below(400)));
  },
  // much of one thing
  (text, dice) => replaced(text, place(text, dice), 0, dice.pick(NASTY).repeat(dice.below(400))),
];

/** A text with some damage done to it. `other` is spliced in. */
export function mangle(text: string, other: string, dice: Dice): string {
  let damaged = text;
  for (let times = dice.pick([1, 1, 2, 3, 5, 12]); times > 0 && damaged !== ''; times--) {
    damaged = dice.pick(DAMAGES)(damaged, dice, other);
  }
  return damaged;
}

/** A few neighbouring lines: small inputs are tried faster and fail more clearly. */
export function excerpt(text: string, dice: Dice): string {
  const lines = text.split('\n');
  const from = dice.below(lines.length);
  return lines.slice(from, from + dice.pick([1, 2, 5, 20, 60, 400])).join('\n');
}
