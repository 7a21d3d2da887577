import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseEnv } from '../../src/env.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createApp } from '../../src/server/app.ts';
import { createServices } from '../../src/services.ts';
import { createTenant } from './gateway.ts';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

let key: string;

beforeAll(async () => {
  ({ key } = await createTenant());
});

/** Sends one request to the app and reads its response; returns the response and the request's log line. */
async function send(path: string, body: object, read: (response: Response) => Promise<unknown> = (r) => r.text()) {
  const lines: LogLine[] = [];
  const logger = createLogger('debug', (line) => lines.push(JSON.parse(line)));
  const parsed = parseEnv(env);
  const app = createApp({ ...createServices(parsed), logger, corsOrigins: undefined, local: true });
  const context = createExecutionContext();
  const headers = { 'content-type': 'application/json', 'x-api-key': key };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await app.fetch(new Request(`http://gateway.test${path}`, init), parsed, context);
  await read(response);
  await waitOnExecutionContext(context);
  const requests = lines.filter(({ message }) => message === 'request');
  expect(requests).toHaveLength(1);
  return { status: response.status, line: requests[0] ?? expect.unreachable() };
}

describe('a failed request', () => {
  it('logs provider, model, upstream status and the provider code', async () => {
    const { line } = await send('/api/chat/completions', { prompt: 'Hi', provider: 'stub', model: 'stub-error' });
    expect(line).toMatchObject({
      level: 'error',
      status: 502,
      provider: 'stub',
      model: 'stub-error',
      upstreamStatus: 500,
      errorCode: 'provider_error',
      detail: 'server_error',
    });
  });

  it('logs the provider of a request that a limit refuses', async () => {
    const limited = await createTenant({ requestsPerMinute: 1 });
    const unlimited = key;
    key = limited.key;
    await send('/api/chat/completions', { prompt: 'Hi', provider: 'stub' });
    const { line } = await send('/api/chat/completions', { prompt: 'Hi', provider: 'stub' });
    key = unlimited;
    expect(line).toMatchObject({
      level: 'warn',
      status: 429,
      provider: 'stub',
      model: 'stub',
      errorCode: 'rate_limited',
    });
    expect(line).not.toHaveProperty('upstreamStatus');
  });
});

describe.each(['/stream', '/v1/chat/completions', '/v1/messages'])('a stream of %s', (path) => {
  const bodyOf = (model: string) =>
    path === '/stream'
      ? { prompt: 'Hi', model }
      : { messages: [{ role: 'user', content: 'Hi' }], model, stream: true, max_tokens: 100 };

  it('is logged as completed when it has ended', async () => {
    const { line } = await send(path, bodyOf('stub'));
    expect(line).toMatchObject({
      level: 'info',
      status: 200,
      provider: 'stub',
      model: 'stub',
      upstreamStatus: 200,
      stream: 'completed',
    });
    expect(line).not.toHaveProperty('errorCode');
  });

  it('is logged as a failure with its cause when it breaks', async () => {
    const { status, line } = await send(path, bodyOf('stub-cut'));
    expect(status).toBe(200);
    expect(line).toMatchObject({
      level: 'error',
      status: 200,
      provider: 'stub',
      model: 'stub-cut',
      stream: 'failed',
      errorCode: 'provider_error',
      detail: 'stream_cut_off',
    });
  });

  it('is logged as left by its client when the client disconnects', async () => {
    const { line } = await send(path, bodyOf('stub-slow'), async (response) => {
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
    });
    expect(line).toMatchObject({ level: 'info', stream: 'client_disconnected', provider: 'stub' });
  });
});
