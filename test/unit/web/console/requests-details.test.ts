import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type AttemptPrices, describePrice } from '../../../../src/web/console/requests/attempt-prices.ts';
import { toSpans } from '../../../../src/web/console/requests/attempt-spans.ts';
import { errorHints } from '../../../../src/web/console/requests/error-hints.ts';
import { explainFailure } from '../../../../src/web/console/requests/explain-failure.ts';

describe('explainFailure', () => {
  const failed = { status: 'FAILED', errorCode: 'provider_error', errorMessage: 'It broke', attemptCount: 1 } as const;

  it('says why a request failed and what to do', () => {
    expect(explainFailure(failed)).toEqual({
      sentence: 'The request failed with provider_error: It broke.',
      hint: 'Retry, or use another provider.',
    });
  });

  it('says which attempt failed, and who refused', () => {
    expect(explainFailure({ ...failed, attemptCount: 3 })?.sentence).toMatch(/^The last of 3 attempts failed with/);
    const refused = { status: 'REFUSED', errorCode: 'x_y', errorMessage: 'No such thing.', attemptCount: 0 } as const;
    expect(explainFailure(refused)).toEqual({
      sentence: 'The gateway refused the request with x_y, before it asked a provider: No such thing.',
      hint: undefined,
    });
  });

  it('needs neither code nor message', () => {
    expect(explainFailure({ ...failed, errorCode: null, errorMessage: null })?.sentence).toBe('The request failed.');
  });

  it('tells a client that left from a failure, and says nothing of a whole reply', () => {
    expect(explainFailure({ ...failed, status: 'CLIENT_GONE' })?.sentence).toContain('The client disconnected');
    expect(explainFailure({ ...failed, status: 'COMPLETED' })).toBeUndefined();
  });
});

describe('errorHints', () => {
  it('has the codes of docs/reference/errors.md', () => {
    const documented = readFileSync('docs/reference/errors.md', 'utf8').matchAll(/^\| \d{3} \| `(\w+)` \|/gm);
    expect([...errorHints.keys()]).toEqual(Array.from(documented, ([, code]) => code));
  });
});

describe('toSpans', () => {
  const createdAt = '2026-11-24T12:00:00.000Z';

  it('begins an attempt where the one before has ended', () => {
    const attempts = [
      { createdAt, firstByteMs: null, totalMs: 100 },
      { createdAt, firstByteMs: 180, totalMs: 250 },
    ];
    expect(toSpans(attempts, createdAt)).toEqual([
      { startMs: 0, firstByteMs: null, endMs: 100 },
      { startMs: 100, firstByteMs: 180, endMs: 250 },
    ]);
  });

  it('never has an attempt end before it begins', () => {
    const attempts = [
      { createdAt, firstByteMs: 5, totalMs: 40 },
      { createdAt, firstByteMs: null, totalMs: 30 },
    ];
    expect(toSpans(attempts, createdAt)[1]).toEqual({ startMs: 30, firstByteMs: null, endMs: 30 });
  });
});

describe('describePrice', () => {
  const prices: AttemptPrices = {
    set: [{ id: 'prc_1', input: '1.5', output: '2', cacheRead: null, cacheWrite: null }],
    listed: [
      {
        id: 'openai',
        models: [{ id: 'gpt-x', inputPrice: 0.15, outputPrice: 0.6, cacheReadPrice: 0.075, cacheWritePrice: null }],
      },
    ],
  };
  const describeVersion = (priceVersion: string | null, model = 'gpt-x') =>
    describePrice({ provider: 'openai', model, reportedModel: null, priceVersion }, prices);

  it.each([
    [null, 'The price is not known'],
    ['free', 'Free'],
    ['cache', 'Answered by an earlier reply'],
    ['prc_1', '$1.50 in, $2.00 out per million tokens (prc_1)'],
    ['prc_2', 'prc_2'],
    ['list-7', 'list-7; today $0.15 in, $0.6 out, $0.075 cache read per million tokens'],
  ])('describes the price of version %s', (version, text) => expect(describeVersion(version)).toBe(text));

  it('names the version alone of a model that is not listed any more', () => {
    expect(describeVersion('list-7', 'gpt-y')).toBe('list-7');
  });
});
