/** Captures as analyses: the records that the flow gives of a folder, and the fingerprint of what it read. */
import { analyze } from '../../src/analyze.ts';
import { openSources } from '../../src/cli/sources.ts';
import { openLogs } from '../../src/io/index.ts';
import type { AnalysisRecord } from '../../src/model/analysis.ts';
import type { InputFile } from '../../src/model/inputs.ts';
import { Fingerprint, StoredAnalyses, StoreWriter, type WriterOptions } from '../../src/store/index.ts';

export const CAPTURES =
  process.env['TRACE_CAPTURES'] ?? new URL('../data/captures', import.meta.url).pathname;

export const OPTIONS: WriterOptions = {
  version: '1.0.0',
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  wording: { finding: ({ code }) => `finding ${code}`, diagnostic: ({ code }) => `diagnostic ${code}` },
};

export interface Analysed {
  readonly records: readonly AnalysisRecord[];
  readonly fingerprint: Fingerprint;
  readonly inputs: readonly InputFile[];
}

/** Analyses these logs with rules and context. */
export async function analysed(
  inputs: readonly string[],
  rules: readonly string[] = [],
  options: { readonly year: number | null; readonly timezone: string | null } = {
    year: null,
    timezone: null,
  },
): Promise<Analysed> {
  const stdin = { stdin: noBytes() };
  const sources = await openSources({ inputs, rules, contexts: [] }, stdin);
  const fingerprint = new Fingerprint({ year: options.year, timezone: options.timezone });
  for (const { lines } of sources.rules) fingerprint.addFile('rules', lines);
  const records: AnalysisRecord[] = sources.diagnostics.map((diagnostic) => ({
    type: 'diagnostic',
    diagnostic,
  }));
  const logs = openLogs(sources.logs, stdin, {
    diagnostic: (diagnostic) => records.push({ type: 'diagnostic', diagnostic }),
  });
  async function* hashed() {
    for await (const batch of logs) {
      fingerprint.addLog(batch);
      yield batch;
    }
  }
  const { rules: texts, contexts } = sources;
  for await (const batch of analyze({ logs: hashed(), rules: texts, contexts, options }))
    records.push(...batch);
  const files = sources.logs.map((file) => ({ role: 'log', file, bytes: 1, sha256: 'ab' }) as const);
  return { records, fingerprint, inputs: files };
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** The records of an analysis, its walks this many times over, each with its own number. */
export function* many({ records }: Analysed, times: number): Generator<AnalysisRecord> {
  const walks = records.flatMap((record) => (record.type === 'walk' ? [record.walk] : []));
  for (const record of records) {
    if (record.type === 'rules') yield record;
    if (record.type !== 'summary') continue;
    for (let time = 0, n = 0; time < times; time++) {
      for (const walk of walks) yield { type: 'walk', walk: { ...walk, n: ++n } };
    }
    yield { type: 'summary', summary: { ...record.summary, walks: walks.length * times } };
  }
}

/** Stores an analysis. */
export async function store(path: string, { records, fingerprint, inputs }: Analysed, options = OPTIONS) {
  const writer = await StoreWriter.open(path, options);
  for (const record of records) writer.push(record);
  return writer.commit(fingerprint.digest(), inputs);
}

/** Works with a store that is open for reading. */
export async function reading<T>(path: string, work: (store: StoredAnalyses) => T): Promise<T> {
  const stored = await StoredAnalyses.open(path);
  try {
    return work(stored);
  } finally {
    stored.close();
  }
}
