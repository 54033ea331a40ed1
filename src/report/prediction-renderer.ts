/**
 * Predictions, packet by packet → text in one format. A renderer is fed in the packets' order and gives what
 * can be written at once; `end` gives the rest: counts, and the context that would have told more.
 */
import { SCHEMA_VERSION } from '../model/analysis.ts';
import type { ContextKind } from '../model/context.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Ruleset } from '../model/ruleset.ts';
import { DISPOSITIONS, type Disposition } from '../model/walk.ts';
import { jsonText } from '../text/escape.ts';
import { counted } from './count.ts';
import { type Block, joined, line, span } from './outline.ts';
import { type PredictedPacket, predictionBlocks, wayKey } from './prediction-outline.ts';
import { predictionRecord } from './prediction-record.ts';
import { wantedFile } from './prediction-wording.ts';
import { diagnosticRecord } from './record.ts';
import type { Page } from './terminal/layout.ts';
import { renderBlocks } from './terminal/render.ts';
import { DISPOSITION_TONE } from './verdict.ts';

export interface PredictionRenderer {
  push(predicted: PredictedPacket): string;
  /** @param partial Not all packets were predicted */
  end(partial: boolean): string;
}

export interface PredictionRendererOptions {
  readonly page: Page;
  /** Show every way, and every packet's steps. */
  readonly all: boolean;
  readonly ruleset: Ruleset;
  /** What was found about the packets, rules and context; text says it elsewhere. */
  readonly diagnostics: readonly Diagnostic[];
  /** Nobody saved the host's settings. */
  readonly plainRouter: boolean;
}

export type PredictionFormat = 'text' | 'ndjson' | 'json';

const RENDERERS = {
  text: textRenderer,
  ndjson: ndjsonRenderer,
  json: jsonRenderer,
} satisfies Record<PredictionFormat, (options: PredictionRendererOptions) => PredictionRenderer>;

/** A renderer of this format. */
export function openPredictionRenderer(
  format: PredictionFormat,
  options: PredictionRendererOptions,
): PredictionRenderer {
  return RENDERERS[format](options);
}

function ndjsonRenderer({ diagnostics }: PredictionRendererOptions): PredictionRenderer {
  let before = diagnostics.map((each) => `${jsonText(diagnosticRecord(each))}\n`).join('');
  let packets = 0;
  const taken = (): string => {
    const text = before;
    before = '';
    return text;
  };
  return {
    push: (predicted) => {
      packets++;
      return `${taken()}${jsonText(predictionRecord(predicted))}\n`;
    },
    // A run that came to its end needs no word about it: one object a packet.
    end: (partial) => taken() + (partial ? `${jsonText(summaryRecord(packets, true))}\n` : ''),
  };
}

function summaryRecord(packets: number, partial: boolean): object {
  return { type: 'summary', schemaVersion: SCHEMA_VERSION, packets, ...(partial ? { partial } : {}) };
}

/** `{"diagnostics":[…],"predictions":[…],"summary":{…}}` */
function jsonRenderer({ diagnostics }: PredictionRendererOptions): PredictionRenderer {
  const found = diagnostics.map((each) => `\n${jsonText(diagnosticRecord(each))}`).join();
  const head = `{"diagnostics":[${found}],\n"predictions":[`;
  let packets = 0;
  return {
    push: (predicted) => {
      const before = packets++ === 0 ? head : ',';
      return `${before}\n${jsonText(predictionRecord(predicted))}`;
    },
    end: (partial) =>
      `${packets === 0 ? head : ''}],\n"summary":${jsonText(summaryRecord(packets, partial))}}\n`,
  };
}

/** Ways that are remembered, so that another packet's same way is not told again. */
const REMEMBERED = 2000;

function textRenderer({ page, all, ruleset, plainRouter }: PredictionRendererOptions): PredictionRenderer {
  const seen = new Map<string, number>();
  const tally = new Tally();
  return {
    push: (predicted) => {
      tally.add(predicted);
      const key = all || predicted.whyNot.length > 0 ? null : wayKey(predicted, ruleset);
      const sameAs = key === null ? null : (seen.get(key) ?? null);
      if (key !== null && sameAs === null && seen.size < REMEMBERED) seen.set(key, predicted.n);
      const blocks = predictionBlocks(predicted, ruleset, { all, sameAs });
      // A walk's block stands clear of what follows by itself.
      return renderBlocks(page, blocks) + (blocks.at(-1)?.kind === 'walk' ? '' : '\n');
    },
    end: () => renderBlocks(page, tally.blocks(plainRouter)),
  };
}

/** What the end of a report says of all packets. */
class Tally {
  #packets = 0;
  #several = 0;
  readonly #dispositions = new Map<Disposition, number>();
  readonly #wanting = new Set<ContextKind>();

  add({ prediction: { paths } }: PredictedPacket): void {
    this.#packets++;
    const ends = new Set(paths.map(({ disposition }) => disposition));
    const [only] = ends;
    if (ends.size > 1) this.#several++;
    else if (only !== undefined) this.#dispositions.set(only, (this.#dispositions.get(only) ?? 0) + 1);
    for (const { wanting } of paths) for (const kind of wanting) this.#wanting.add(kind);
  }

  blocks(plainRouter: boolean): readonly Block[] {
    if (this.#packets === 0) return [];
    return [...this.#counts(), ...this.#files(), ...(plainRouter ? [PLAIN_ROUTER] : [])];
  }

  #counts(): readonly Block[] {
    if (this.#packets < 2) return [];
    const ended = DISPOSITIONS.flatMap((disposition) => {
      const count = this.#dispositions.get(disposition);
      return count === undefined ? [] : [line(`${count} `, span(DISPOSITION_TONE[disposition], disposition))];
    });
    const open =
      this.#several === 0 ? [] : [line(span('warn', `${this.#several} that may end in several ways`))];
    const text = line(`${counted(this.#packets, 'packet')}: `, joined([...ended, ...open], ', '));
    return [{ kind: 'heading', text }];
  }

  #files(): readonly Block[] {
    if (this.#wanting.size === 0) return [];
    return [
      { kind: 'heading', text: line('What would tell more') },
      {
        kind: 'table',
        head: ['file', 'tells', 'made by'],
        align: ['left', 'left', 'left'],
        rows: [...this.#wanting].map((kind) => {
          const { file, tells, command } = wantedFile(kind);
          return [line(file), line(tells), line(span('code', command))];
        }),
      },
    ];
  }
}

const PLAIN_ROUTER: Block = {
  kind: 'paragraph',
  text: [
    span(
      'muted',
      `The settings of the host were not given: taken as a plain router's (forwarding on, rp_filter off). ${wantedFile('settings').command} saves them.`,
    ),
  ],
};
