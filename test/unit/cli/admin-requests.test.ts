import { beforeAll, describe, expect, it } from 'vitest';
import { insertUsage } from '../../../src/db/queries/usage-ledger.ts';
import { tenants } from '../../../src/db/schema/tenants.ts';
import { admin, database } from './admin-gateway.ts';

const createdAt = new Date(Date.now() - 60_000);
const owner = { tenantId: 'ten_a', keyId: 'key_a', createdAt, totalMs: 1200 };
const attempt = { ...owner, requestId: 'req_fell', source: 'sync', tokenSource: 'provider' } as const;

beforeAll(async () => {
  await database.insert(tenants).values({ id: 'ten_a', name: 'acme' });
  const request = { ...owner, source: 'sync', path: '/v1/chat/completions' } as const;
  await insertUsage(database, {
    attempts: [
      {
        ...attempt,
        attempt: 1,
        isLast: false,
        provider: 'openai',
        model: 'gpt-5',
        status: 'failed',
        errorCode: 'provider_error',
      },
      {
        ...attempt,
        attempt: 2,
        provider: 'claude',
        model: 'claude-haiku-4-5',
        status: 'completed',
        inputTokens: 10,
        outputTokens: 5,
        costNanoUsd: 35_000n,
        priceVersion: '2026-11-01',
      },
    ],
    requests: [
      {
        ...request,
        id: 'req_fell',
        clientRequestId: 'their.id',
        status: 'completed',
        httpStatus: 200,
        provider: 'claude',
        model: 'claude-haiku-4-5',
        route: 'fast',
        inputTokens: 10,
        outputTokens: 5,
        costNanoUsd: 35_000n,
        attempts: 2,
        dropped: 'seed',
        endUser: 'u1',
      },
      {
        ...request,
        id: 'req_refused',
        status: 'refused',
        httpStatus: 429,
        errorCode: 'rate_limited',
        errorMessage: 'Too many requests.',
        attempts: 0,
        represents: 100,
        endUser: '\u001b[31mred',
      },
    ],
  });
});

describe('request', () => {
  it('shows a request with its attempts, its price and what was dropped, by both ids', async () => {
    const shown = await admin('request req_fell');
    expect(await admin('request their.id')).toBe(shown);
    expect(shown).toMatch(/^Request req_fell\n/);
    expect(shown).toMatch(/status +completed, HTTP 200/);
    expect(shown).toMatch(/route +fast/);
    expect(shown).toMatch(/dropped +seed/);
    expect(shown).toMatch(/1 +openai\/gpt-5 +failed +provider_error/);
    expect(shown).toMatch(/2 +claude\/claude-haiku-4-5 +completed +10 +5 +\$0\.000035 +2026-11-01/);
    expect(JSON.parse(await admin('request req_fell --json'))).toMatchObject({ id: 'req_fell', attempts: [{}, {}] });
  });

  it('shows why a request was refused', async () => {
    const shown = await admin('request req_refused');
    expect(shown).toMatch(/error +rate_limited: Too many requests\./);
    expect(shown).toMatch(/represents +100 refused requests/);
    expect(shown).not.toContain('\u001b');
  });

  it('rejects an unknown id', async () => {
    await expect(admin('request req_absent')).rejects.toThrow('There is no request req_absent.');
  });
});

describe('requests', () => {
  it.each([
    ['requests', ['req_refused', 'req_fell']],
    ['requests --tenant acme --status refused', ['req_refused']],
    ['requests --fell-back', ['req_fell']],
    ['requests --route fast --key key_a', []],
    ['requests --end-user u1 --model claude-haiku-4-5', ['req_fell']],
    ['requests --since 2026-01-01 --until 2026-01-02', []],
    ['requests --limit 1', ['req_refused']],
  ])('%s', async (line, ids) => {
    const shown = await admin(line);
    expect(shown.match(/\breq_\w+/g) ?? []).toEqual(ids);
    const { requests } = JSON.parse(await admin(`${line} --json`));
    expect(requests.map(({ id }: { id: string }) => id)).toEqual(ids);
  });

  it.each([
    ['requests --status wrong', '--status must be one of completed, failed'],
    ['requests --since soon', '--since must be a day such as'],
    ['requests --since 1970-01-01', 'since: must be at most 31 days'],
    ['requests --limit 5000', '--limit must be a whole number from 1 to 1000'],
    ['requests --tenant unknown', 'There is no tenant "unknown"'],
    ['requests --min-total-ms x', '--min-total-ms must be a number'],
    ['export-requests', '--format must be csv or ndjson'],
  ])('%s is rejected with a message', async (line, message) => {
    await expect(async () => await admin(line)).rejects.toThrow(message);
  });
});

it('export-requests writes all requests of a time', async () => {
  const lines = (await admin('export-requests --format ndjson')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(['req_refused', 'req_fell']);
  expect((await admin('export-requests --format csv --status refused')).split('\r\n')).toHaveLength(3);
});
