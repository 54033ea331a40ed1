/**
 * `--store`: an analysis into a store while it passes by. A store that cannot be opened stops the run before
 * it begins; one that fails on the way is told of, and the analysis goes on without it.
 */
import type { AnalysisRecord } from '../model/analysis.ts';
import type { InputFile } from '../model/inputs.ts';
import type { LineBatch } from '../model/source.ts';
import { findingText, messageOf } from '../report/index.ts';
import { Fingerprint, StoreError, StoreWriter } from '../store/index.ts';
import { UsageError } from './exit.ts';
import type { AnalyzeOptions } from './options.ts';
import type { Sources } from './sources.ts';
import type { Talk } from './talk.ts';
import { VERSION } from './version.ts';

/** Opens the store and begins with what is read already. @throws UsageError if it cannot be used. */
export async function openKeeper(
  path: string,
  sources: Sources,
  options: AnalyzeOptions,
  talk: Talk,
): Promise<Keeper> {
  const fingerprint = new Fingerprint({ year: options.year ?? null, timezone: options.timezone ?? null });
  for (const { lines, table, family } of sources.rules) {
    fingerprint.addFile('rules', lines, `${family ?? ''}:${table ?? ''}`);
  }
  for (const { lines } of sources.contexts) fingerprint.addFile('context', lines);
  try {
    const writer = await StoreWriter.open(path, {
      version: VERSION,
      now: Date.now(),
      wording: { finding: findingText, diagnostic: messageOf },
    });
    return new Keeper(path, writer, fingerprint, talk);
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(error.message);
    throw error;
  }
}

export class Keeper {
  /** The analysis could not be kept. */
  failed = false;
  private readonly path: string;
  private readonly fingerprint: Fingerprint;
  private readonly talk: Talk;
  /** Null once it failed or is done. */
  private writer: StoreWriter | null;

  constructor(path: string, writer: StoreWriter, fingerprint: Fingerprint, talk: Talk) {
    this.path = path;
    this.writer = writer;
    this.fingerprint = fingerprint;
    this.talk = talk;
  }

  /** The batches, noted as they pass. */
  async *reading(batches: AsyncIterable<LineBatch>): AsyncGenerator<LineBatch> {
    for await (const batch of batches) {
      this.fingerprint.addLog(batch);
      yield batch;
    }
  }

  push(record: AnalysisRecord): void {
    this.attempt((writer) => writer.push(record));
  }

  /** Makes it last, and says as what. */
  end(inputs: readonly InputFile[]): void {
    this.attempt((writer) => {
      const { analysis, as } = writer.commit(this.fingerprint.digest(), inputs);
      this.writer = null;
      const told = {
        new: `kept in ${this.path} as analysis ${analysis}`,
        replaced: `kept in ${this.path} as analysis ${analysis}, in place of what an earlier run made of the same input`,
        known: `in ${this.path} already, as analysis ${analysis}`,
      };
      this.talk.note(told[as]);
    });
  }

  /** Keeps nothing of it. */
  abandon(): void {
    this.writer?.abandon();
    this.writer = null;
  }

  private attempt(work: (writer: StoreWriter) => void): void {
    if (this.writer === null) return;
    try {
      work(this.writer);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.writer = null;
      this.failed = true;
      this.talk.error(`${error.message}; nothing of this analysis is kept there`);
    }
  }
}
