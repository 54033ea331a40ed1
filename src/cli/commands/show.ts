/** `trace-analyze show [WALK…] --from STORE`: an analysis that is kept, rendered as the run that made it would. */
import { Outcome, openRenderer, Redaction, Selection } from '../../report/index.ts';
import type { StoredAnalyses } from '../../store/index.ts';
import { EXIT, UsageError } from '../exit.ts';
import { filterOf } from '../options.ts';
import { checkReportOptions, postmortemOf, readNotes } from '../report-options.ts';
import { openSpool } from '../spool.ts';
import type { Stdio } from '../stdio.ts';
import type { ShowOptions } from '../store-commands.ts';
import { reading } from '../stored.ts';
import { openOutput, pageFor } from '../target.ts';
import { walkNumber } from '../values.ts';

/** Characters that are written at once. */
const PIECE = 1 << 16;

/** @returns the exit code, by what was found then. @throws UsageError. */
export async function showCommand(
  walks: readonly string[],
  options: ShowOptions,
  stdio: Stdio,
): Promise<number> {
  checkReportOptions(options);
  const walk = [...options.walk, ...walks.map(numberOf)];
  return reading(options.from, (store) => show(store, { ...options, walk }, stdio));
}

async function show(store: StoredAnalyses, options: ShowOptions, stdio: Stdio): Promise<number> {
  const analysis = options.analysis ?? store.last();
  const records = store.records(analysis);
  const notes = await readNotes(options.notes, { stdin: stdio.in });
  const output = await openOutput(options, options.format === 'text', stdio);
  const spools: ReturnType<typeof openSpool>[] = [];
  const spool = (): ReturnType<typeof openSpool> => {
    const opened = openSpool();
    spools.push(opened);
    return opened;
  };
  const redaction = options.redact ? new Redaction() : null;
  if (redaction !== null) for (const record of store.records(analysis)) redaction.meet(record);
  const renderer = openRenderer(options.format, {
    page: pageFor(options, stdio),
    all: options.all,
    spool,
    postmortem: postmortemOf(options, redaction, notes, () => store.inputs(analysis)),
  });
  const selection = new Selection(filterOf(options));
  const outcome = new Outcome();
  let text = '';
  const write = async (): Promise<void> => {
    await output.write(text);
    text = '';
  };
  try {
    for (const record of records) {
      const chosen = selection.select(record);
      if (chosen === null) continue;
      outcome.push(chosen);
      text += renderer.push(redaction?.record(chosen) ?? chosen);
      if (text.length > PIECE) await write();
      if (output.closed) break;
    }
    await write();
    for (const piece of renderer.end()) await output.write(piece);
    await output.end();
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    for (const opened of spools) opened.close();
  }
  return output.closed ? EXIT.ok : outcome.exitCode;
}

function numberOf(text: string): number {
  try {
    return walkNumber(text);
  } catch {
    throw new UsageError(`${text} is not the number of a packet`);
  }
}
