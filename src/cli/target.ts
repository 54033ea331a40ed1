/** The output options → where data goes and how wide and colourful it may be. */
import type { Page } from '../report/index.ts';
import { wantsColour } from './colour.ts';
import type { OutputOptions } from './options.ts';
import { fileOutput, type Output, streamOutput } from './output.ts';
import { pagedOutput, pagerCommand } from './pager.ts';
import { askedWidth, NARROWEST, type Stdio } from './stdio.ts';
import { styleFor } from './style.ts';

/** @throws UsageError if the file cannot be opened. */
export async function openOutput(options: OutputOptions, text: boolean, stdio: Stdio): Promise<Output> {
  if (options.output !== undefined && options.output !== '-') return fileOutput(options.output);
  const command = pagerCommand(stdio.env);
  const paged = text && stdio.out.isTTY === true && options.pager && command !== null;
  return paged ? pagedOutput(stdio.out, command, stdio.env) : streamOutput(stdio.out);
}

/** A file or a pipe has no width: nothing is wrapped there unless $COLUMNS asks for it. */
export function pageFor(options: OutputOptions, stdio: Stdio): Page {
  const toFile = options.output !== undefined && options.output !== '-';
  const stream = toFile ? { isTTY: false } : stdio.out;
  const asked = askedWidth(stdio.env);
  const terminal = stream.isTTY === true ? (stdio.out.columns ?? 80) : Number.POSITIVE_INFINITY;
  return {
    width: asked !== null && stream.isTTY !== true ? asked : Math.max(NARROWEST, terminal),
    style: styleFor(wantsColour(options.color, stream, stdio.env)),
  };
}
