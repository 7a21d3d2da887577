import { describe, expect, it } from 'vitest';
import { createRequestsHref, toWholeDays } from '../../../../src/web/console/overview/overview-view.ts';
import { findTimeRange } from '../../../../src/web/console/ui/time-range.ts';

const period = { from: '2026-11-30T10:00:00.000Z', to: '2026-12-01T10:00:00.000Z' };

describe('createRequestsHref', () => {
  it('filters by the value and escapes it', () => {
    const view = { range: findTimeRange('7d'), period, tenantId: null };
    expect(createRequestsHref(view, 'endUser', 'a&b=c d')).toBe('~/console/requests?endUser=a%26b%3Dc+d&range=7d');
  });

  it('names the tenant, and no longer time than the request log is read for', () => {
    const view = { range: findTimeRange('90d'), period, tenantId: 'ten_1' };
    expect(createRequestsHref(view, 'keyId', 'key_1')).toBe('~/console/requests?keyId=key_1&range=30d&tenantId=ten_1');
  });
});

describe('toWholeDays', () => {
  it('returns the days in which a period lies', () => {
    expect(toWholeDays(period)).toEqual({ fromDay: '2026-11-30T00:00:00.000Z', toDay: '2026-12-02T00:00:00.000Z' });
  });

  it('leaves whole days as they are', () => {
    const whole = { from: '2026-11-30T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
    expect(toWholeDays(whole)).toEqual({ fromDay: whole.from, toDay: whole.to });
  });
});
