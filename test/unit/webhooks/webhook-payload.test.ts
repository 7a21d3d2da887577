import { describe, expect, it } from 'vitest';
import type { Job } from '../../../src/domain/job.ts';
import { buildWebhookPayload } from '../../../src/webhooks/webhook-payload.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 1, 0, 0, second));
const job: Job = {
  id: 'job_1',
  tenantId: 'ten_1',
  keyId: 'key_1',
  type: 'TEXT',
  status: 'COMPLETED',
  provider: 'openai',
  model: 'gpt-4o-mini',
  models: null,
  metadata: { order: 7 },
  webhookUrl: 'https://example.com/in',
  result: 'Hi',
  finishReason: 'stop',
  errorCode: null,
  errorMessage: null,
  tokensIn: 19,
  tokensOut: 7,
  costNanoUsd: 7_050n,
  attemptCount: 1,
  eventCount: 3,
  retryOf: null,
  createdAt: at(1),
  startedAt: at(2),
  finishedAt: at(3),
  deadLetteredAt: null,
  purgedAt: null,
};
const build = (changes: Partial<Job> = {}) =>
  JSON.parse(buildWebhookPayload({ ...job, ...changes }, { id: 'whd_1', event: 'job.completed' }));

describe('buildWebhookPayload', () => {
  it('contains the job by the names that its fields have in the API', () => {
    expect(build()).toEqual({
      type: 'job.completed',
      timestamp: '2026-11-01T00:00:03.000Z',
      id: 'whd_1',
      data: {
        id: 'job_1',
        status: 'COMPLETED',
        type: 'TEXT',
        provider: 'openai',
        model: 'gpt-4o-mini',
        result: 'Hi',
        resultUrl: null,
        finishReason: 'stop',
        error: null,
        tokensIn: 19,
        tokensOut: 7,
        cost: 0.00000705,
        metadata: { order: 7 },
        createdAt: '2026-11-01T00:00:01.000Z',
        startedAt: '2026-11-01T00:00:02.000Z',
        finishedAt: '2026-11-01T00:00:03.000Z',
      },
    });
  });

  it('contains the error of a failed job, and null for an unknown cost', () => {
    const failure = { errorCode: 'provider_error', errorMessage: 'OpenAI failed.', result: null, costNanoUsd: null };
    const error = { code: 'provider_error', message: 'OpenAI failed.' };
    expect(build(failure).data).toMatchObject({ error, result: null, resultUrl: null, cost: null });
  });

  it('refers to a result of more than 64 KiB by its path', () => {
    const maxResult = 'é'.repeat(32_768);
    expect(build({ result: maxResult }).data).toMatchObject({ result: maxResult, resultUrl: null });
    expect(build({ result: `${maxResult}.` }).data).toMatchObject({ result: null, resultUrl: '/api/jobs/job_1' });
  });
});
