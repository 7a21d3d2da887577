import { describe, expect, it } from 'vitest';
import { describeLimit, describeLimits } from '../../../../src/web/console/tenants/describe-limit.ts';
import { emptyLimits, parseLimits, toLimitDraft } from '../../../../src/web/console/tenants/limit-draft.ts';

const noLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  dailyBudget: null,
  monthlyBudget: null,
};

describe('parseLimits', () => {
  it('reads an empty field as no limit', () => {
    expect(parseLimits(emptyLimits, 'limits')).toEqual({ values: noLimits, problems: {} });
  });

  it('reads whole numbers and dollars', () => {
    const draft = { ...emptyLimits, requestsPerMinute: ' 60 ', dailyBudget: '0', monthlyBudget: '20.123456789' };
    const values = { ...noLimits, requestsPerMinute: 60, dailyBudget: 0, monthlyBudget: 20.123456789 };
    expect(parseLimits(draft, 'limits')).toEqual({ values, problems: {} });
  });

  it.each(['1,000', '1.5', '0', '-1', '1e3', '2147483648', 'ten'])('rejects %s as a count', (text) => {
    const { problems } = parseLimits({ ...emptyLimits, concurrency: text }, 'endUserLimits');
    expect(Object.keys(problems)).toEqual(['endUserLimits.concurrency']);
  });

  it.each(['20,50', '1,000', '$20', '-1', '.5', '9000000.5', '0.1234567891', '1e3'])(
    'rejects %s as dollars',
    (text) => {
      const { problems } = parseLimits({ ...emptyLimits, monthlyBudget: text }, 'limits');
      expect(problems['limits.monthlyBudget']).toContain('in digits with a point');
    },
  );

  it('reads back what it shows', () => {
    const values = { ...noLimits, tokensPerMinute: 2_147_483_647, dailyBudget: 0.0000001, monthlyBudget: 8_999_999.99 };
    const draft = toLimitDraft(values);
    expect(draft.dailyBudget).toBe('0.0000001');
    expect(parseLimits(draft, 'limits')).toEqual({ values, problems: {} });
  });
});

describe('describeLimit', () => {
  it('tells what is used and what is left', () => {
    expect(describeLimit('monthlyBudget', 20, 5)).toEqual({ share: 0.75, text: '$15.00 of $20.00 used, $5.00 left' });
    expect(describeLimit('requestsPerMinute', 60, 60)).toEqual({ share: 0, text: '0 of 60 used, 60 left' });
  });

  it('counts a limit of 0 as used up, and one that was lowered as used in full', () => {
    expect(describeLimit('dailyBudget', 0, 0).share).toBe(1);
    expect(describeLimit('dailyBudget', 1, -2).share).toBe(1);
  });

  it('gives no share where it is not known what is left', () => {
    expect(describeLimit('dailyBudget', 1, null).share).toBeNull();
  });
});

describe('describeLimits', () => {
  it('lists those that limit', () => {
    expect(describeLimits(noLimits)).toBe('none');
    expect(describeLimits({ ...noLimits, concurrency: 2, dailyBudget: 1 })).toBe(
      'Requests at once: 2 · Budget a day: $1.00',
    );
  });
});
