/** In which order several files are read, by their names. */
import { expect, test } from 'vitest';
import { orderByAge } from '../../src/io/rotate.ts';

test.each<[string, string, string]>([
  [
    'numbers',
    'kern.log kern.log.1 kern.log.2.gz kern.log.10.gz',
    'kern.log.10.gz kern.log.2.gz kern.log.1 kern.log',
  ],
  [
    'dates',
    'messages messages-20240512 messages-20240505.xz',
    'messages-20240505.xz messages-20240512 messages',
  ],
  [
    'dates with seconds',
    's-20240505-1714866000 s-20240501-1714550419.gz s',
    's-20240501-1714550419.gz s-20240505-1714866000 s',
  ],
  [
    'the name keeps its ending',
    'kern-20240502.log kern-20240501.log.gz kern.log',
    'kern-20240501.log.gz kern-20240502.log kern.log',
  ],
  ['extension before the number', 'kern.1.log kern.2.log.gz kern.log', 'kern.2.log.gz kern.1.log kern.log'],
  ['two sets keep their order', 'b.log b.log.1 a.log a.log.1', 'b.log.1 b.log a.log.1 a.log'],
  ['sets of one name in two folders', 'x/k.1 y/k.1 x/k y/k', 'x/k.1 x/k y/k.1 y/k'],
  ['files of no set stay as given', 'c.log a.txt b', 'c.log a.txt b'],
  ['standard input stays where it is', 'k - k.1', 'k.1 k -'],
  ['addresses in names are no rotation', '10.0.0.1 10.0.0.2', '10.0.0.1 10.0.0.2'],
])('%s', (_, given, expected) => {
  expect(orderByAge(given.split(' ')).join(' ')).toBe(expected);
});
