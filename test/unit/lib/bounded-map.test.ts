import { expect, it } from 'vitest';
import { BoundedMap } from '../../../src/lib/bounded-map.ts';

const values = <V>(map: BoundedMap<string, V>) => [...map.values()];

it('returns undefined for a key that was never set', () => {
  expect(new BoundedMap<string, number>({ maxSize: 2, evicts: 'least-recently-set' }).get('a')).toBeUndefined();
});

it('keeps as many entries as its maximum and then evicts one for each new key', () => {
  const map = new BoundedMap<string, number>({ maxSize: 3, evicts: 'least-recently-set' });
  for (let index = 0; index < 10; index += 1) map.set(`key ${index}`, index);
  expect(values(map)).toEqual([7, 8, 9]);
  expect(map.get('key 6')).toBeUndefined();
  expect(map.get('key 7')).toBe(7);
});

it('evicts nothing when it sets a key that it has', () => {
  const map = new BoundedMap<string, number>({ maxSize: 2, evicts: 'least-recently-set' });
  map.set('a', 1);
  map.set('b', 2);
  map.set('b', 3);
  expect(values(map)).toEqual([1, 3]);
});

it.each([
  { evicts: 'least-recently-set', remaining: ['a', 'c'] },
  { evicts: 'least-recently-used', remaining: ['a', 'c'] },
] as const)('counts a set as a renewal with $evicts', ({ evicts, remaining }) => {
  const map = new BoundedMap<string, string>({ maxSize: 2, evicts });
  map.set('a', 'a');
  map.set('b', 'b');
  map.set('a', 'a');
  map.set('c', 'c');
  expect(values(map)).toEqual(remaining);
});

it.each([
  { evicts: 'least-recently-set', remaining: ['b', 'c'] },
  { evicts: 'least-recently-used', remaining: ['a', 'c'] },
] as const)('evicts by $evicts when an older entry was read', ({ evicts, remaining }) => {
  const map = new BoundedMap<string, string>({ maxSize: 2, evicts });
  map.set('a', 'a');
  map.set('b', 'b');
  expect(map.get('a')).toBe('a');
  map.set('c', 'c');
  expect(values(map)).toEqual(remaining);
});

it('renews an entry whose value is falsy when it is read', () => {
  const map = new BoundedMap<string, number>({ maxSize: 2, evicts: 'least-recently-used' });
  map.set('a', 0);
  map.set('b', 1);
  map.get('a');
  map.set('c', 2);
  expect(values(map)).toEqual([0, 2]);
});

it('passes over values that cannot be evicted', () => {
  const canEvict = ({ inUse }: { inUse: boolean }) => !inUse;
  const map = new BoundedMap<string, { inUse: boolean }>({ maxSize: 2, evicts: 'least-recently-set', canEvict });
  const busy = { inUse: true };
  const idle = { inUse: false };
  const added = { inUse: false };
  map.set('busy', busy);
  map.set('idle', idle);
  map.set('added', added);
  expect(values(map)).toEqual([busy, added]);
});

it('exceeds its maximum while nothing can be evicted and shrinks to it afterwards', () => {
  const inUse = new Set([1, 2, 3]);
  const canEvict = (value: number) => !inUse.has(value);
  const map = new BoundedMap<string, number>({ maxSize: 2, evicts: 'least-recently-set', canEvict });
  for (const value of [1, 2, 3]) map.set(`key ${value}`, value);
  expect(values(map)).toEqual([1, 2, 3]);
  inUse.clear();
  map.set('key 4', 4);
  expect(values(map)).toEqual([3, 4]);
});
