import { expect, test } from 'vitest';
import { checkScope } from '../../../src/auth/check-scope.ts';
import type { Scope } from '../../../src/domain/principal.ts';

const allows = (scopes: Scope[], needed: Scope[]) => {
  try {
    checkScope({ scopes }, needed);
    return true;
  } catch {
    return false;
  }
};

test('a key needs one of the scopes that are asked for', () => {
  expect(allows(['chat'], ['chat'])).toBe(true);
  expect(allows(['jobs'], ['read', 'jobs'])).toBe(true);
  expect(allows(['chat', 'read'], ['jobs'])).toBe(false);
  expect(allows([], ['chat', 'jobs', 'read', 'admin'])).toBe(false);
});

test('admin reads, and neither calls nor makes jobs', () => {
  expect((['chat', 'jobs', 'read', 'admin'] as const).map((scope) => allows(['admin'], [scope]))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('what needs none is for every key', () => {
  expect(allows([], [])).toBe(true);
});

test('the refusal names the scope', () => {
  expect(() => checkScope({ scopes: ['read'] }, ['jobs'])).toThrow(/scope.*: jobs\./);
});
