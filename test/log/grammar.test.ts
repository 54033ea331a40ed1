/** Law: the scanner reads what the grammar defines, to the same value; and what the grammar says of the rest. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain, parseMessage } from '../../src/log/grammar.ts';
import { BodyScanner, type Message, parsePlace } from '../../src/log/trace.ts';
import { capturedMessages } from './captured.ts';
import { cutOff, damaged, message, misnumbered } from './messages.ts';

const scanner = new BodyScanner();

function scanMessage(text: string): Message | null {
  if (!text.startsWith('TRACE: ')) return null;
  const blank = text.indexOf(' ', 7);
  const place = parsePlace(text.slice(7, blank));
  const packet = place === null ? null : scanner.scan(text.slice(blank + 1));
  return place === null || packet === null ? null : { ...place, packet };
}

function expectEqual(text: string): void {
  const readings = parseMessage(text);
  expect('offset' in readings ? [] : readings).toEqual([scanMessage(text)].filter((m) => m !== null));
}

describe('scanner ≡ grammar', () => {
  test('on every captured line', () => {
    const messages = capturedMessages();
    expect(messages.length).toBeGreaterThan(10_000);
    for (const text of messages) expectEqual(text);
  });

  test('on generated lines, all of which are read', () => {
    fc.assert(
      fc.property(message, (text) => {
        expectEqual(text);
        expect(scanMessage(text), text).not.toBe(null);
      }),
      { numRuns: 3000 },
    );
  });

  test('on damaged lines', () => {
    fc.assert(
      fc.property(fc.oneof(damaged(message), cutOff(message), damaged(damaged(message))), expectEqual),
      {
        numRuns: 6000,
      },
    );
  });

  test('on lines with numbers at the borders', () => {
    fc.assert(fc.property(misnumbered(message), expectEqual), { numRuns: 6000 });
  });

  test('on captured lines that were damaged', () => {
    const captured = fc.constantFrom(...capturedMessages());
    fc.assert(fc.property(fc.oneof(damaged(captured), cutOff(captured)), expectEqual), { numRuns: 3000 });
  });
});

const HEAD =
  'TRACE: raw:PREROUTING:policy:2 IN=ra OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ';

describe('explanations', () => {
  test.each<[string, string, string]>([
    ['TRACE: ', 'filt:FORWARD:rule:1 IN= OUT= ', 'table:chain:type:number'],
    ['TRACE: ', 'filter:FORWARD:rules:1 IN= OUT= ', 'table:chain:type:number'],
    ['TRACE: filter:FORWARD:rule:1 ', '"-A FORWARD" ', 'IN= and a device or nothing'],
    [
      'TRACE: raw:PREROUTING:policy:2 IN=ra OUT= ',
      'SRC=10.0.0.300 DST=10.0.0.2 ',
      'MAC= and bytes in hex, PHYSIN= and a device, PHYSOUT= and a device or SRC= and an address',
    ],
    [HEAD, 'ID=x PROTO=UDP ', 'ID= and a number up to 65535'],
    [HEAD, 'ID=65536 PROTO=UDP ', 'ID= and a number up to 65535'],
    [`${HEAD}ID=1 PROTO=UDP SPT=1 `, 'LEN=10 ', 'DPT= and a port'],
    [`${HEAD}ID=1 PROTO=UDP SPT=1 DPT=2 LEN=3 MARK=0x1 `, 'MARK=0x1 ', ''],
    [
      `${HEAD}ID=1 PROTO=TCP SPT=1 DPT=2 SEQ=3 ACK=4 WINDOW=5 RES=0x00 `,
      'FYN URGP=0 ',
      'TCP flags or URGP= and a number up to 65535',
    ],
    [
      `${HEAD}ID=1 DF `,
      '',
      'FRAG: and an offset, MF, OPT (…) with hex digits, PROTO= and a protocol or TRUNCATED',
    ],
  ])('%s|%s', (good, bad, expected) => {
    expect(explain(good + bad)).toEqual({ offset: good.length, expected });
  });
});
