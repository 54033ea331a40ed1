/**
 * How far the reading has come, on a terminal's standard error, if it takes long enough to wonder. Loads
 * cli-progress only then.
 */
import type { SingleBar } from 'cli-progress';
import type { OutStream } from './stdio.ts';

/** Milliseconds before anything is shown. */
const PATIENCE = 700;
const MEGABYTE = 1e6;

export class ProgressLine {
  private readonly stream: OutStream;
  private readonly shown: boolean;
  private readonly began = performance.now();
  private bar: SingleBar | null = null;
  private state: 'waiting' | 'loading' | 'running' | 'over' = 'waiting';
  private latest: { readonly bytes: number; readonly total: number | null } = { bytes: 0, total: null };

  /** @param quiet Show nothing whatever the stream. */
  constructor(stream: OutStream, quiet: boolean) {
    this.stream = stream;
    this.shown = !quiet && stream.isTTY === true;
  }

  /** Bytes read, of how many (null: nobody knows). */
  update(bytes: number, total: number | null): void {
    if (!this.shown || this.state === 'over') return;
    this.latest = { bytes, total };
    if (this.state === 'waiting' && performance.now() - this.began > PATIENCE) {
      this.state = 'loading';
      void this.start();
    }
    this.bar?.update(bytes / MEGABYTE, this.words());
  }

  /** Takes the line away. */
  stop(): void {
    this.state = 'over';
    this.bar?.stop();
    this.bar = null;
  }

  private async start(): Promise<void> {
    const { default: cliProgress } = await import('cli-progress');
    if (this.state === 'over') return;
    const { bytes, total } = this.latest;
    const known = '{bar} {percentage}%  {value} of {total} MB  {rate} MB/s  {left} left';
    this.bar = new cliProgress.SingleBar({
      format: total === null ? 'reading  {value} MB  {rate} MB/s' : known,
      stream: this.stream,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
      barCompleteChar: '=',
      barIncompleteChar: ' ',
      formatValue: (value, _options, type) =>
        type === 'value' || type === 'total' ? value.toFixed(0) : `${value}`,
      gracefulExit: false,
    });
    this.state = 'running';
    this.bar.start((total ?? 0) / MEGABYTE, bytes / MEGABYTE, this.words());
  }

  /** Rate and time left, by the mean since the start: the first second's own estimates jump. */
  private words(): { readonly rate: string; readonly left: string } {
    const { bytes, total } = this.latest;
    const seconds = (performance.now() - this.began) / 1000;
    const rate = bytes / Math.max(seconds, 0.001);
    const left = Math.ceil(((total ?? bytes) - bytes) / Math.max(rate, 1));
    return {
      rate: (rate / MEGABYTE).toFixed(1),
      left: left < 120 ? `${left} s` : `${Math.round(left / 60)} min`,
    };
  }
}
