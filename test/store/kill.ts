/**
 * A process that stores one analysis and is killed meanwhile by kill.test.ts: `begun` is printed when the first
 * record goes in, `done` when all is committed.
 */
import { StoreWriter } from '../../src/store/index.ts';
import { analysed, many, OPTIONS } from './capture.ts';

const [path = '', log = '', rules = '', times = '1'] = process.argv.slice(2);
const records = many(await analysed([log], [rules]), Number(times));
const writer = await StoreWriter.open(path, { ...OPTIONS, cache: 256 });
process.stdout.write('begun\n');
for (const record of records) writer.push(record);
writer.commit(Buffer.alloc(32, Number(times)), []);
process.stdout.write('done\n');
