import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { HttpEnv } from '../../../../src/http/context.ts';
import { LoggedRequest } from '../../../../src/request-log/logged-request.ts';
import type { RequestEntry } from '../../../../src/request-log/request-entry.ts';
import { createRefusalLog } from '../../../../src/server/middleware/refusal-log.ts';
import { principalWith } from '../../../support/principal.ts';

/** An app whose requests are refused: with a status by REST, inside a response by GraphQL. */
function createRefusals() {
  const entries: RequestEntry[] = [];
  const error = new GatewayError('forbidden', 'No.');
  const log = createRefusalLog({
    paths: new Set(['/api/jobs']),
    recordRefusal: (entry) => void entries.push(entry),
    now: () => 5,
  });
  const app = new Hono<HttpEnv>();
  let requests = 0;
  app.use(async (context, next) => {
    requests += 1;
    context.set('requestId', `req_${requests}`);
    context.set('principal', principalWith({}));
    await next();
    log(context, 2);
  });
  app.post('/api/jobs', (context) => {
    context.set('error', error);
    return context.text('', 403);
  });
  app.post('/graphql', (context) => {
    const requested = { source: 'job', model: 'gpt-4o-mini' } as const;
    context.set('refusedJob', { error, log: new LoggedRequest({ path: '/graphql', requested }) });
    return context.text('');
  });
  const executionContext = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };
  const send = async (path: string) => void (await app.request(path, { method: 'POST' }, {}, executionContext));
  return { entries, send };
}

it('logs a job that GraphQL refuses, with the status that its client got', async () => {
  const { entries, send } = createRefusals();
  await send('/graphql');
  expect(entries).toMatchObject([
    {
      ...{ requestId: 'req_1', path: '/graphql', httpStatus: 200 },
      refusal: { source: 'job', model: 'gpt-4o-mini', errorCode: 'forbidden', totalMs: 3, represents: 1 },
    },
  ]);
});

it('counts the refusals of REST and of GraphQL together: a thousand of a key in a minute, then one of a hundred', async () => {
  const { entries, send } = createRefusals();
  for (let count = 0; count < 549; count += 1) for (const path of ['/api/jobs', '/graphql']) await send(path);
  expect(entries).toHaveLength(1_000);
  await send('/graphql');
  await send('/graphql');
  expect(entries).toHaveLength(1_001);
  expect(entries.at(-1)?.refusal?.represents).toBe(100);
});
