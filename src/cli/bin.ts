#!/usr/bin/env node
/** The process' rim: its arguments and streams in, its exit code out. */
import { tuneEngine } from './engine.ts';
import { main } from './main.ts';
import { processStdio } from './stdio.ts';

tuneEngine();
const code = await main(process.argv.slice(2), processStdio());
process.exitCode = code;
// Interrupted, the run may leave a read behind that never ends; all that was to be written is written.
if (code >= 128) process.exit();
