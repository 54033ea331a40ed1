#!/usr/bin/env node
/** The process' rim: its arguments and streams in, its exit code out. */
import { asksVersion, main } from './main.ts';
import { processStdio } from './stdio.ts';

const argv = process.argv.slice(2);
if (!asksVersion(argv)) {
  const { tuneEngine } = await import('./engine.ts');
  tuneEngine();
}
const code = await main(argv, processStdio());
process.exitCode = code;
// Interrupted, the run may leave a read behind that never ends; all that was to be written is written.
if (code >= 128) process.exit();
