/**
 * The parts of a SARIF 2.1.0 log that are ours, and the text around them. Results can be written as they are
 * found; what they name (the rules of the tool) stands behind them. Messages are escaped here.
 */
import type { Severity } from '../model/diagnostic.ts';
import { escapeSarif, uriOfPath } from '../text/escape-formats.ts';

/** A line of a file; `column` from 1, null: the whole line. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number | null;
}

export interface SarifResult {
  readonly ruleId: string;
  readonly severity: Severity;
  /** Raw text. */
  readonly message: string;
  readonly at: Place | null;
  readonly related: readonly { readonly at: Place; readonly message: string }[];
}

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;

/** Gathers the rules that results name. */
export class SarifLog {
  readonly #rules: (id: string) => string;
  readonly #met = new Set<string>();
  #separator = '';

  /** @param rules What a rule of the tool is about, in a sentence. */
  constructor(rules: (id: string) => string) {
    this.#rules = rules;
  }

  /** The text up to this result's end. */
  result({ ruleId, severity, message, at, related }: SarifResult): string {
    this.#met.add(ruleId);
    const head = this.#separator === '' ? HEAD : this.#separator;
    this.#separator = ',';
    return `${head}\n${JSON.stringify({
      ruleId,
      level: LEVELS[severity],
      message: { text: escapeSarif(message) },
      ...(at === null ? {} : { locations: [locationOf(at)] }),
      ...(related.length === 0
        ? {}
        : {
            relatedLocations: related.map((each) => ({
              ...locationOf(each.at),
              message: { text: escapeSarif(each.message) },
            })),
          }),
    })}`;
  }

  /** The rest. @param whole Nothing interrupted the run. */
  end(whole: boolean): string {
    const rules = [...this.#met].sort().map((id) => ({ id, shortDescription: { text: this.#rules(id) } }));
    const run = { tool: { driver: { name: 'trace-analyze', rules } } };
    const invocation = { executionSuccessful: whole };
    return `${this.#separator === '' ? HEAD : ''}\n],\n${JSON.stringify({
      ...run,
      columnKind: 'utf16CodeUnits',
      invocations: [invocation],
    }).slice(1)}]}\n`;
  }
}

const HEAD =
  '{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"results":[';

function locationOf({ file, line, column }: Place): object {
  const region = line < 1 ? null : { startLine: line, ...(column === null ? {} : { startColumn: column }) };
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOfPath(file) },
      ...(region === null ? {} : { region }),
    },
  };
}
