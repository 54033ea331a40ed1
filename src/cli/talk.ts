/** What a command says on standard error: notes unless it is to be quiet, errors always. Escaped, never data. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { renderDiagnostic, type Style } from '../report/index.ts';
import { visible } from '../text/escape.ts';
import { type ColourChoice, wantsColour } from './colour.ts';
import type { OutStream, Stdio } from './stdio.ts';
import { styleFor } from './style.ts';

export class Talk {
  private readonly err: OutStream;
  private readonly quiet: boolean;
  private readonly style: Style;

  constructor({ err, env }: Stdio, options: { readonly quiet: boolean; readonly color: ColourChoice }) {
    this.err = err;
    this.quiet = options.quiet;
    this.style = styleFor(wantsColour(options.color, err, env));
  }

  /** Something worth knowing. */
  note(text: string): void {
    if (!this.quiet) this.err.write(`${this.style.muted(visible(text))}\n`);
  }

  /** Something that went wrong: said also when quiet. */
  error(text: string): void {
    this.err.write(`${this.style.bad(visible(text))}\n`);
  }

  /** A problem with an input; only errors are said when quiet. */
  diagnostic(diagnostic: Diagnostic): void {
    if (this.quiet && diagnostic.severity !== 'error') return;
    const page = { width: this.err.columns ?? Number.POSITIVE_INFINITY, style: this.style };
    for (const line of renderDiagnostic(page, diagnostic)) this.err.write(`${line}\n`);
  }
}
