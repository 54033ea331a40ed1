/** One host saved in several forms: each gives the same context. */
import { expect, test } from 'vitest';
import { sampleContext, withoutPlace } from './read.ts';

test('ip addr, text and -j', () => {
  const text = sampleContext('ip-addr.txt').interfaces ?? [];
  const json = sampleContext('ip-addr.json').interfaces ?? [];
  expect(json).toEqual(text);
  expect(text).toHaveLength(5);
});

test.each([
  ['ip-route.txt', 'ip-route.json'],
  ['ip-6-route.txt', 'ip-6-route.json'],
])('routes: %s and %s', (text, json) => {
  const read = withoutPlace(sampleContext(text).routes);
  expect(withoutPlace(sampleContext(json).routes)).toEqual(read);
  expect(read.length).toBeGreaterThan(20);
});

test('ip rule of both families, text and -j', () => {
  const read = withoutPlace(sampleContext('ip-rule.txt').routingRules);
  expect(withoutPlace(sampleContext('ip-rule.json', 'ip-6-rule.json').routingRules)).toEqual(read);
  expect(read).toHaveLength(16);
});

test('ipset save and ipset list', () => {
  const saved = sampleContext('ipset.save').sets;
  const listed = sampleContext('ipset-list.txt').sets;
  expect([...(listed?.keys() ?? [])].sort()).toEqual([...(saved?.keys() ?? [])].sort());
  for (const [name, set] of saved ?? []) {
    expect(withoutPlace([listed?.get(name) ?? {}]), name).toEqual(withoutPlace([set]));
  }
});

test('conntrack -L, -o extended and /proc', () => {
  const plain = withoutPlace(sampleContext('conntrack.txt').connections);
  expect(plain).toHaveLength(4);
  expect(withoutPlace(sampleContext('conntrack-extended.txt').connections)).toEqual(plain);
  expect(withoutPlace(sampleContext('nf_conntrack').connections)).toEqual(plain);
});

test('v4 and v6 listings add up', () => {
  const { routes, routeFamilies } = sampleContext('ip-6-route.txt');
  expect(routeFamilies).toEqual(['ipv6']);
  const both = sampleContext('ip-6-route.json', 'ip-route.json');
  expect([...both.routeFamilies].sort()).toEqual(['ipv4', 'ipv6']);
  expect(both.routes?.length).toBeGreaterThan(routes?.length ?? 0);
});
