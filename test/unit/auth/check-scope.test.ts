import { expect, it } from 'vitest';
import { checkScope } from '../../../src/auth/check-scope.ts';
import type { Scope } from '../../../src/domain/scope.ts';

/*
 * What the scopes allow is public: docs/guides/tenants-and-keys.md. Which scopes a route or a field requires is tested in
 * test/integration/route-table.test.ts and graphql-scopes.test.ts.
 */

/** Returns whether a key with `scopes` passes where one of the `required` scopes is needed. */
const allows = (scopes: Scope[], required: Scope[]) => {
  try {
    checkScope({ scopes }, required);
    return true;
  } catch {
    return false;
  }
};

it('requires one of the listed scopes', () => {
  expect(allows(['chat'], ['chat'])).toBe(true);
  expect(allows(['jobs'], ['read', 'jobs'])).toBe(true);
  expect(allows(['chat', 'read'], ['jobs'])).toBe(false);
  expect(allows([], ['chat', 'jobs', 'read', 'admin'])).toBe(false);
});

// An administrator's key spends no money unless it has `chat` or `jobs` too.
it('lets admin read but neither chat nor create jobs', () => {
  expect((['chat', 'jobs', 'read', 'admin'] as const).map((scope) => allows(['admin'], [scope]))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

// For `me` in GraphQL, by which each key can see what it is allowed to do.
it('allows every key if no scope is required', () => {
  expect(allows([], [])).toBe(true);
});

it('names the missing scope in the error', () => {
  expect(() => checkScope({ scopes: ['read'] }, ['jobs'])).toThrow(/scope.*: jobs\./);
});
