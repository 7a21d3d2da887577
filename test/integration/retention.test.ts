import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { parseEnv } from '../../src/env.ts';
import { createServices } from '../../src/services.ts';
import { createTenant } from './gateway.ts';
import { queryData } from './graphql.ts';

const query = '{ retention { requestDays bodyDays responseDays jobDays } }';
let key: string;

beforeAll(async () => {
  ({ key } = await createTenant({ scopes: ['read'] }));
});

/** Asks a gateway with other variables. */
async function askWith(variables: Readonly<Record<string, string>>): Promise<unknown> {
  const services = createServices(parseEnv({ ...env, ...variables }));
  const principal = await services.keys.verify(key, () => undefined);
  if (!principal) throw new Error('the key is unknown');
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query });
  const request = new Request('http://gateway.test/graphql', { method: 'POST', headers, body });
  const response = await services.answerGraphQl(request, {
    principal,
    reauthenticate: async () => principal,
    waitUntil: () => undefined,
    onRefusedJob: () => undefined,
    requestId: 'req_1',
    signal: new AbortController().signal,
  });
  return await response.json();
}

test('are the days that the variables set, zero included', async () => {
  const variables = {
    LOG_RETENTION_DAYS: '9',
    BODY_RETENTION_DAYS: '0',
    RESPONSE_RETENTION_DAYS: '11',
    JOB_RETENTION_DAYS: '12',
  };
  const retention = { requestDays: 9, bodyDays: 0, responseDays: 11, jobDays: 12 };
  expect(await askWith(variables)).toEqual({ data: { retention } });
});

test('are the same for all tenants of a gateway', async () => {
  const { key: other } = await createTenant({ scopes: ['read'] });
  const own = await queryData(key, query);
  expect(own).toEqual({ retention: parseRetention() });
  expect(await queryData(other, query)).toEqual(own);
});

function parseRetention() {
  const variables = parseEnv(env);
  return {
    requestDays: variables.LOG_RETENTION_DAYS,
    bodyDays: variables.BODY_RETENTION_DAYS,
    responseDays: variables.RESPONSE_RETENTION_DAYS,
    jobDays: variables.JOB_RETENTION_DAYS,
  };
}
