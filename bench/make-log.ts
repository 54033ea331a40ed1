/**
 * Makes a log of many TRACE lines from a real one: the service capture over and over, each round with other
 * client ports, IP IDs and times, so that every packet is its own. usage: tsx bench/make-log.ts LINES OUT|-
 */

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';

const CAPTURE = new URL('../test/data/captures/service/trace.log', import.meta.url);
/** Client ports of the capture: 40000 to 40039. */
const FIRST_PORT = 40_000;
const PORTS = 40;
const ROUNDS_OF_PORTS = 1400;
const SECONDS_A_ROUND = 2;

const [count = '1000000', path = 'bench/data/trace.log'] = process.argv.slice(2);
const lines = readFileSync(CAPTURE, 'utf8').trimEnd().split('\n');
const out = path === '-' ? process.stdout : createWriteStream(path);
let written = 0;
for (let round = 0; written < Number(count); round++) {
  const shift = (round % ROUNDS_OF_PORTS) * PORTS;
  const port = (n: string): string => {
    const value = Number(n);
    const ours = value >= FIRST_PORT && value < FIRST_PORT + PORTS;
    return String(ours ? ((value - FIRST_PORT + shift) % 56_000) + 2000 : value);
  };
  const text = lines
    .slice(0, Number(count) - written)
    .map((line) =>
      line
        .replace(/\[ *(\d+)\.(\d+)\]/, (_, s, us) => `[${Number(s) + round * SECONDS_A_ROUND}.${us}]`)
        .replace(
          / ID=(\d+)/,
          (_, id) => ` ID=${id === '0' ? 0 : ((Number(id) + round * PORTS) % 65_535) + 1}`,
        )
        .replace(/(SPT|DPT)=(\d+)/g, (_, key, n) => `${key}=${port(n)}`),
    )
    .join('\n');
  written += lines.length;
  if (!out.write(`${text}\n`)) await once(out, 'drain');
}
if (path !== '-') out.end();
