/** Packets for the simulator and expectation files: a packet or a case each, or a diagnostic that has words. */

import { parseDocument, stringify } from 'yaml';
import { expectationsJsonSchema, parseSuite, type ReadPacket } from '../../src/expect/index.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { messageOf } from '../../src/report/index.ts';
import { parsePacket, parsePackets } from '../../src/simulate/index.ts';
import type { Dice } from '../kernel/generate/dice.ts';
import { reshape, reshapeJson } from './made.ts';
import { material } from './material.ts';
import { demand, type Target } from './target.ts';

function haveWords(diagnostics: readonly Diagnostic[], lines: readonly string[]): void {
  for (const found of diagnostics) {
    demand(messageOf(found) !== '', `${found.code} has no words`);
    demand(found.at.line >= 1 && found.at.line <= lines.length, `${found.code} in line ${found.at.line}`);
  }
}

function runPackets(text: string): void {
  const lines = text.split('\n');
  const { packets, diagnostics } = parsePackets('packets', lines);
  haveWords(diagnostics, lines);
  const filled = lines.filter((line) => line.trim() !== '').length;
  const refused = diagnostics.filter(({ code }) => code === 'packet.refused').length;
  demand(
    packets.length + refused === filled,
    `${filled} lines, ${packets.length} packets, ${refused} refused`,
  );
}

function runFields(text: string): void {
  const { packet, diagnostics } = parsePacket(text);
  haveWords(diagnostics, [text]);
  demand(packet !== null || diagnostics.length > 0, 'no packet, and nothing said');
}

/** As the command line reads the packets of a file. */
const readPacket: ReadPacket = (written) => {
  if (typeof written === 'string') {
    const { packet, diagnostics } = parsePacket(written);
    return { packet: packet?.packet ?? null, diagnostics };
  }
  const { packets, diagnostics } = parsePackets('packet', [JSON.stringify(written)]);
  return { packet: packets[0]?.packet ?? null, diagnostics };
};

function runSuite(text: string): void {
  const lines = text.split('\n');
  const { cases, diagnostics } = parseSuite('expectations.yaml', lines, readPacket);
  haveWords(diagnostics, lines);
  demand(cases.length > 0 || diagnostics.length > 0, 'no case, and nothing said');
}

function makePackets(dice: Dice): string {
  const lines = dice
    .pick(material('packets'))
    .split('\n')
    .filter((line) => line !== '');
  return [1, 2, 3].map(() => JSON.stringify(reshapeJson(JSON.parse(dice.pick(lines)), dice))).join('\n');
}

function makeSuite(dice: Dice): string {
  const value: unknown = parseDocument(dice.pick(material('expectations')), { merge: true }).toJS();
  const changed = reshapeJson(dice.chance(0.1) ? expectationsJsonSchema() : value, dice);
  return dice.chance(0.3) ? JSON.stringify(changed) : stringify(changed);
}

export const packetTargets: readonly Target[] = [
  { name: 'packets', kinds: ['packets'], make: makePackets, run: runPackets },
  {
    name: 'packet-fields',
    kinds: ['packet-fields'],
    make: (dice) => reshape(dice.pick(material('packet-fields')), dice),
    run: runFields,
  },
  { name: 'expectations', kinds: ['expectations'], make: makeSuite, run: runSuite },
];
