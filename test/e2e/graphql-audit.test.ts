import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';

let gateway: MiniflareGateway;
let key: string;

beforeAll(async () => {
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder') });
  ({ key } = await gateway.createTenant());
});

afterAll(() => gateway?.stop());

/** GraphQL over HTTP, by those who keep its reference implementation. Names begin with MUST, SHOULD or MAY. */
const audits = serverAudits({
  url: () => `${gateway.url}/graphql`,
  fetchFn: (url: string, init?: RequestInit) =>
    fetch(url, { ...init, headers: { ...init?.headers, 'x-api-key': key } }),
});

describe('graphql-http audits', () => {
  test.each(audits.map((audit) => [audit.name, audit.id, audit] as const))('%s (%s)', async (_name, _id, audit) => {
    const result = await audit.fn();
    const reason = 'reason' in result ? result.reason : '';
    expect([result.status, reason]).toEqual(['ok', '']);
  });
});
