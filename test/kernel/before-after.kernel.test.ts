/** The samples of differences: each side's packets, sent again on a host built from its own files, go as captured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogReader } from '../../src/log/index.ts';
import { tcpFlagNames } from '../../src/model/packet.ts';
import { describeLab } from './lab/lab-test.ts';
import { readNetwork } from './lab/network.ts';
import type { FlagName, PacketLine } from './lab/packet-line.ts';
import { play, replay } from './lab/play.ts';
import { Router } from './lab/router.ts';

const SAMPLES = new URL('../../samples', import.meta.url).pathname;

interface Sent {
  readonly packet: PacketLine;
  readonly steps: string[];
}

/** The packets of a log, told apart by their ids, with the steps of each. */
function sentIn(folder: string): readonly Sent[] {
  const sent = new Map<number, Sent>();
  const reader = new LogReader(
    { year: null, timezone: null },
    {
      event: ({ table, chain, type, number, packet }) => {
        const { transport, id } = packet;
        if (transport.kind !== 'tcp' || id === null) return;
        const { sport, dport, seq, ack, window } = transport;
        const flags = tcpFlagNames(transport.flags).filter((name): name is FlagName => name !== 'AE');
        const known = sent.get(id) ?? {
          packet: {
            n: sent.size,
            in: packet.in,
            src: packet.src.text,
            dst: packet.dst.text,
            protocol: 'tcp',
            ttl: packet.ttl,
            tos: packet.tos,
            id,
            df: packet.df,
            length: packet.length,
            mac: (packet.mac ?? '').slice(18, 35),
            ...{ sport, dport, seq, ack, flags, window, tcpOptions: '' },
          },
          steps: [],
        };
        sent.set(id, known);
        known.steps.push(`${table}:${chain}:${type}:${number}`);
      },
      diagnostic: () => {},
    },
  );
  const lines = readFileSync(join(folder, 'syslog.log'), 'utf8').split('\n');
  reader.push({ file: 'syslog.log', firstLine: 1, lines });
  reader.end();
  return [...sent.values()];
}

describeLab('a policy, before and after', () => {
  test.each(['before', 'after'])('%s', async (side) => {
    const folder = join(SAMPLES, 'diff-calico-policy', side);
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const sent = sentIn(folder);
    const network = readNetwork(text('ip-addr.txt'), text('ip-route.txt'), text('ip-rule.txt'));
    const router = await Router.open(4, network);
    try {
      router.load(text('rules.save'), text('ipset.save'));
      for (const { packet } of sent) router.meet(packet.src, packet.mac ?? '', packet.in ?? '');
      const { truth } = await play(router, replay(sent.map(({ packet }) => packet)));
      expect(truth.map(({ steps }) => steps)).toEqual(sent.map(({ steps }) => steps));
      expect(sent.length).toBe(side === 'before' ? 9 : 5);
    } finally {
      await router.close();
    }
  });
});
