import { describe, expect, it } from 'vitest';
import { emptyKey, parseKeyDraft, toKeyDraft } from '../../../../src/web/console/api-keys/key-draft.ts';
import { parseOverlap } from '../../../../src/web/console/api-keys/parse-overlap.ts';
import { assignProblems, checkName } from '../../../../src/web/console/tenants/form-problems.ts';
import { parseNames } from '../../../../src/web/console/tenants/parse-names.ts';
import { pickChanges } from '../../../../src/web/console/tenants/pick-changes.ts';
import { emptyTenant, parseTenantDraft, toTenantDraft } from '../../../../src/web/console/tenants/tenant-draft.ts';

const emptyKeyValues = parseKeyDraft(emptyKey).values;

describe('parseKeyDraft', () => {
  it('gives the end of the last day, and null for what is empty', () => {
    const { values } = parseKeyDraft({ ...emptyKey, name: ' ci ', lastDay: '2026-12-31', allowedModels: 'a, b\nb' });
    expect(values).toEqual({
      ...emptyKeyValues,
      name: 'ci',
      expiresAt: '2026-12-31T23:59:59.000Z',
      allowedModels: ['a', 'b'],
    });
    expect(values.allowedProviders).toBeNull();
    expect(values.endUser).toBeNull();
  });

  it('rejects a key without a name or a scope', () => {
    expect(Object.keys(parseKeyDraft({ ...emptyKey, scopes: [] }).problems)).toEqual(['name', 'scopes']);
  });

  it('finds no change in a key that was opened and not edited', () => {
    const key = {
      ...emptyKeyValues,
      name: 'ci',
      scopes: ['read', 'chat'],
      expiresAt: '2026-12-31T12:34:56.789Z',
      allowedModels: ['a', 'b'],
    };
    const draft = toKeyDraft(key);
    expect(draft.lastDay).toBe('2026-12-31');
    expect(draft.allowedModels).toBe('a\nb');
    expect(pickChanges(parseKeyDraft(draft).values, parseKeyDraft(draft).values)).toEqual({});
  });
});

describe('parseTenantDraft', () => {
  it('reads back what it shows', () => {
    const { values } = parseTenantDraft({ ...emptyTenant, name: 'a', tagNames: 'team, env', webhookUrl: ' ' });
    expect(values).toMatchObject({ name: 'a', tagNames: ['team', 'env'], webhookUrl: null });
    expect(parseTenantDraft(toTenantDraft(values))).toEqual({ values, problems: {} });
  });
});

describe('pickChanges', () => {
  it('picks changed fields, of limits the changed ones, and what was taken away', () => {
    const before = { name: 'a', models: ['x'] as string[] | null, limits: { day: 1, month: 2 as number | null } };
    const after = { name: 'a', models: null, limits: { day: 1, month: null } };
    expect(pickChanges(before, after)).toEqual({ models: null, limits: { month: null } });
    expect(pickChanges(before, { ...before, limits: { day: 1, month: 2 } })).toEqual({});
  });
});

describe('assignProblems', () => {
  const fields = ['name', 'allowedModels', 'limits.monthlyBudget', 'endUserLimits.monthlyBudget'];

  it('assigns each part of a message to the field that it names', () => {
    const message =
      "name: must be 1 to 100 characters. limits.monthlyBudget: the key's $20 is above its tenant's $10: give less.";
    expect(assignProblems(message, fields)).toEqual({
      name: 'Must be 1 to 100 characters.',
      'limits.monthlyBudget': "The key's $20 is above its tenant's $10: give less.",
    });
  });

  it('assigns the problem of an entry to its list', () => {
    expect(assignProblems('allowedModels[2]: must be 1 to 256 characters.', fields)).toEqual({
      allowedModels: '[2]: must be 1 to 256 characters.',
    });
  });

  it('leaves other messages to the form', () => {
    const message = 'There is a tenant named "name: x" already.';
    expect(assignProblems(message, fields)).toEqual({ '': message });
    expect(assignProblems('tenantId: must be a text.', fields)).toEqual({ '': 'tenantId: must be a text.' });
  });
});

describe('checkName', () => {
  it('accepts 1 to 100 characters', () => {
    expect(checkName('')).toHaveProperty('name');
    expect(checkName('x'.repeat(100))).toEqual({});
    expect(checkName('x'.repeat(101))).toHaveProperty('name');
  });
});

describe('parseNames', () => {
  it('separates names at commas and lines, and drops repeated and empty ones', () => {
    expect(parseNames(' gpt-4o,\n\nfast , gpt-4o')).toEqual(['gpt-4o', 'fast']);
  });
});

describe('parseOverlap', () => {
  it('reads whole hours up to 30 days', () => {
    expect(parseOverlap('0', false)).toEqual({ seconds: 0, problem: undefined });
    expect(parseOverlap('720', false).seconds).toBe(2_592_000);
    for (const text of ['', '721', '1.5', '-1', '1,5']) expect(parseOverlap(text, false).problem).toBeDefined();
  });

  it('needs at least an hour for the key that the console uses', () => {
    expect(parseOverlap('0', true).problem).toBe('Write whole hours from 1 to 720.');
    expect(parseOverlap('1', true)).toEqual({ seconds: 3_600, problem: undefined });
  });
});
