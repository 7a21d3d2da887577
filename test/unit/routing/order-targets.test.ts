import { expect, it } from 'vitest';
import { hashToUnit } from '../../../src/lib/hash-to-unit.ts';
import { orderTargets } from '../../../src/routing/order-targets.ts';

const target = (name: string, weight = 1, tier = 1) => ({ name, weight, tier });
const random = () => 1 - Math.random();

it('puts the targets of a lower tier first', () => {
  const targets = [target('b', 1000, 2), target('a', 1), target('c', 1000, 3)];
  for (let round = 0; round < 100; round += 1) {
    expect(orderTargets(targets, random).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  }
});

it('puts each target of a tier first as often as its weight says', () => {
  const targets = [target('a', 80), target('b', 20)];
  const rounds = 10_000;
  let count = 0;
  for (let round = 0; round < rounds; round += 1) if (orderTargets(targets, random)[0]?.name === 'a') count += 1;
  expect(Math.abs(count / rounds - 0.8)).toBeLessThan(0.02);
});

it('spreads 10,000 sessions by weight, and keeps each on its target', () => {
  const targets = [target('a', 80), target('b', 20)];
  const firstOf = (session: number) => orderTargets(targets, ({ name }) => hashToUnit(`${session} ${name}`))[0]?.name;
  const sessions = Array.from({ length: 10_000 }, (_, session) => session);
  const first = sessions.map(firstOf);
  expect(first).toEqual(sessions.map(firstOf));
  expect(Math.abs(first.filter((name) => name === 'a').length / 10_000 - 0.8)).toBeLessThan(0.02);
});

it('moves only the sessions of a target that is taken away', () => {
  const targets = [target('a'), target('b'), target('c')];
  const firstOf = (session: number, some: typeof targets) =>
    orderTargets(some, ({ name }) => hashToUnit(`${session} ${name}`))[0]?.name;
  for (let session = 0; session < 1_000; session += 1) {
    const before = firstOf(session, targets);
    if (before !== 'c') expect(firstOf(session, targets.slice(0, 2))).toBe(before);
  }
});
