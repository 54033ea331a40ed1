/** The options of postmortems: whether they are asked for where they mean something, and the notes' text. */
import { type InputOptions, readText } from '../io/index.ts';
import type { InputFile } from '../model/inputs.ts';
import { type Format, POSTMORTEM_FORMATS, type PostmortemOptions, type Redaction } from '../report/index.ts';
import { UsageError } from './exit.ts';
import type { SelectOptions } from './options.ts';

/** Whether a format tells a whole postmortem. */
export function isPostmortem(format: Format): boolean {
  return POSTMORTEM_FORMATS.some((each) => each === format);
}

/** @throws UsageError for an option that the format would pass over. */
export function checkReportOptions(options: SelectOptions): void {
  if (isPostmortem(options.format)) return;
  const given = [
    ...(options.title === undefined ? [] : ['--title']),
    ...(options.incidentFrom === undefined ? [] : ['--incident-from']),
    ...(options.incidentTo === undefined ? [] : ['--incident-to']),
    ...(options.notes.length === 0 ? [] : ['--notes']),
  ];
  if (given.length > 0) {
    throw new UsageError(
      `${given.join(', ')}: only with --format ${POSTMORTEM_FORMATS.join(', ')}, not with ${options.format}`,
    );
  }
}

/**
 * The paragraphs of notes: a text is one, a file's are parted by empty lines.
 * @throws UsageError if a file cannot be read.
 */
export async function readNotes(notes: readonly string[], options: InputOptions): Promise<readonly string[]> {
  const paragraphs: string[] = [];
  for (const note of notes) {
    if (!note.startsWith('@')) {
      paragraphs.push(note);
      continue;
    }
    const path = note.slice(1);
    const text = await readText(path, options, { diagnostic: () => {} });
    if (text === null) throw new UsageError(`--notes: cannot read ${path}`);
    paragraphs.push(
      ...text.lines
        .join('\n')
        .split(/\n\s*\n/)
        .map((part) => part.replace(/\s+/g, ' ').trim()),
    );
  }
  return paragraphs.filter((text) => text !== '');
}

/** What a postmortem is told beside the records; all of it redacted too, where there is a redaction. */
export function postmortemOf(
  options: SelectOptions,
  redaction: Redaction | null,
  notes: readonly string[],
  inputs: () => readonly InputFile[],
): PostmortemOptions {
  const shown = (text: string): string => redaction?.text(text) ?? text;
  return {
    title: () => (options.title === undefined ? null : shown(options.title)),
    from: options.incidentFrom ?? null,
    to: options.incidentTo ?? null,
    notes: () => notes.map(shown),
    inputs: () => inputs().map((file) => redaction?.input(file) ?? file),
  };
}
