import { describe, expect, it } from 'vitest';
import { listAuditChanges } from '../../../../src/web/console/settings/audit-changes.ts';

describe('listAuditChanges', () => {
  it('lists the fields that differ, as text', () => {
    const before = { requestsPerMinute: 5, scopes: ['read'], strict: false, name: 'same' };
    const after = { requestsPerMinute: 9, scopes: ['read', 'jobs'], strict: true, name: 'same' };
    expect(listAuditChanges(before, after)).toEqual([
      { field: 'requestsPerMinute', before: '5', after: '9' },
      { field: 'scopes', before: '["read"]', after: '["read","jobs"]' },
      { field: 'strict', before: 'false', after: 'true' },
    ]);
  });

  it('says none for null', () => {
    expect(listAuditChanges({ dailyBudget: null }, { dailyBudget: '2.5' })).toEqual([
      { field: 'dailyBudget', before: 'none', after: '2.5' },
    ]);
  });

  it('has no old values for what is new, and no new ones for what is deleted', () => {
    expect(listAuditChanges(null, { name: 'a' })).toEqual([{ field: 'name', before: undefined, after: 'a' }]);
    expect(listAuditChanges({ name: 'a' }, null)).toEqual([{ field: 'name', before: 'a', after: undefined }]);
    expect(listAuditChanges(null, null)).toEqual([]);
  });

  it('names nested fields by their path, and shows empty objects', () => {
    const before = { definition: { sticky: 'none', params: {}, targets: [{ model: 'a' }] } };
    const after = { definition: { sticky: 'session', params: { temperature: 1 }, targets: [{ model: 'a' }] } };
    expect(listAuditChanges(before, after)).toEqual([
      { field: 'definition.sticky', before: 'none', after: 'session' },
      { field: 'definition.params', before: '{}', after: undefined },
      { field: 'definition.params.temperature', before: undefined, after: '1' },
    ]);
  });

  it('takes any name of a field', () => {
    const after = JSON.parse('{"__proto__": "x", "constructor": "y"}');
    expect(listAuditChanges({}, after).map(({ field }) => field)).toEqual(['__proto__', 'constructor']);
  });

  it('cuts long values', () => {
    const [change] = listAuditChanges(null, { name: 'x'.repeat(5_000) });
    expect(change?.after).toBe(`${'x'.repeat(2_000)}…`);
  });
});
