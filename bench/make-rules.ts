/**
 * Makes a rule set as kube-proxy writes it for many services: the service capture's rules, and for each
 * service a rule in KUBE-SERVICES, a chain with three endpoints, and a chain for each of these (11 rules, 4
 * chains). usage: tsx bench/make-rules.ts SERVICES OUT
 */
import { readFileSync, writeFileSync } from 'node:fs';

const CAPTURE = new URL('../test/data/captures/service/rules.save', import.meta.url);
const ENDPOINTS = 3;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const [services = '10000', path = 'bench/data/rules.save'] = process.argv.slice(2);

/** Sixteen letters, as kube-proxy makes them of a hash. */
function tag(seed: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: 16 }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) >>> 0;
    return LETTERS[state >>> 27] ?? 'A';
  }).join('');
}

function address(first: number, n: number): string {
  return `${first}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

const chains: string[] = [];
const dispatch: string[] = [];
const rules: string[] = [];
for (let n = 0; n < Number(services); n++) {
  const name = `ns${n % 100}/app-${n}:http`;
  const svc = `KUBE-SVC-${tag(n * 4)}`;
  const cluster = address(11, n + 1);
  const seps = Array.from({ length: ENDPOINTS }, (_, e) => `KUBE-SEP-${tag(n * 4 + e + 1)}`);
  chains.push(...[svc, ...seps].map((chain) => `:${chain} - [0:0]`));
  dispatch.push(
    `[0:0] -A KUBE-SERVICES -d ${cluster}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport 80 -j ${svc}`,
  );
  rules.push(
    `[0:0] -A ${svc} ! -s 10.200.0.0/16 -d ${cluster}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
  );
  for (const [e, sep] of seps.entries()) {
    const pod = address(12, n * ENDPOINTS + e + 1);
    const left = ENDPOINTS - e;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}` : '';
    rules.push(
      `[0:0] -A ${svc} -m comment --comment "${name} -> ${pod}:8080"${chance} -j ${sep}`,
      `[0:0] -A ${sep} -s ${pod}/32 -m comment --comment "${name}" -j KUBE-MARK-MASQ`,
      `[0:0] -A ${sep} -p tcp -m comment --comment "${name}" -m tcp -j DNAT --to-destination ${pod}:8080`,
    );
  }
}

let isNat = false;
const lines = readFileSync(CAPTURE, 'utf8')
  .split('\n')
  .flatMap((line, i, all) => {
    if (line.startsWith('*')) isNat = line === '*nat';
    if (!isNat) return [line];
    const next = all[i + 1] ?? '';
    if (line.startsWith(':') && !next.startsWith(':')) return [line, ...chains];
    // Behind the capture's own services: its log goes with these rules too.
    if (line.includes('-A KUBE-SERVICES ') && line.includes('-j KUBE-NODEPORTS')) return [...dispatch, line];
    return line === 'COMMIT' ? [...rules, line] : [line];
  });
writeFileSync(path, lines.join('\n'));
