import { describe, expect, it } from 'vitest';
import { auditActions } from '../../../../src/domain/audit.ts';
import { auditActionNames } from '../../../../src/web/console/settings/audit-actions.ts';
import {
  findFilterProblem,
  readAuditFilter,
  toIsoTime,
  toLocalTime,
} from '../../../../src/web/console/settings/audit-filter.ts';

describe('the actions of the filter', () => {
  it('are those of the audit log', () => {
    expect(auditActionNames).toEqual(auditActions);
  });
});

describe('readAuditFilter', () => {
  it('reads what the URL has, and leaves out the rest', () => {
    const params = new URLSearchParams(
      'action=price.set&actorKeyId=key_1&since=2026-11-24T12:00:00Z&tenantId=&other=1',
    );
    expect(readAuditFilter(params)).toEqual({
      action: 'price.set',
      actorKeyId: 'key_1',
      since: '2026-11-24T12:00:00.000Z',
    });
  });

  it('leaves out a time that is none', () => {
    expect(readAuditFilter(new URLSearchParams('since=soon&until='))).toEqual({});
  });
});

describe('the time of an input', () => {
  it('is the same time after it has been in the URL', () => {
    expect(toLocalTime(toIsoTime('2026-11-24T12:34'))).toBe('2026-11-24T12:34');
  });

  it('is empty where there is none', () => {
    expect([toIsoTime(''), toLocalTime('')]).toEqual(['', '']);
  });
});

describe('findFilterProblem', () => {
  it('finds the field that the error of the gateway names', () => {
    expect(findFilterProblem('filter.tenantId: must be the id of a tenant: ten_…')).toEqual({
      field: 'tenantId',
      message: 'must be the id of a tenant: ten_…',
    });
  });

  it('finds none in another error', () => {
    expect(findFilterProblem('The key does not have the scope admin.')).toBeUndefined();
  });
});
