import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { Gateway } from '../../../../src/gateway/gateway.ts';
import type { ForwardRequest, GatewayRequest } from '../../../../src/gateway/gateway-request.ts';
import type { TargetedRequest } from '../../../../src/gateway/run-route.ts';
import type { HttpEnv } from '../../../../src/http/context.ts';
import { anthropicMessages } from '../../../../src/protocols/anthropic/anthropic-messages-route.ts';
import type { Provider } from '../../../../src/providers/provider.ts';
import { principalWith } from '../../../support/principal.ts';

const base = { model: 'claude-opus-4-6', max_tokens: 7, messages: [{ role: 'user', content: 'Hi' }] };

/** Returns the size by which a request that is passed through is admitted. */
async function measure(fields: object, headers: Record<string, string> = {}) {
  const sizes: unknown[] = [];
  const provider = { id: 'claude', name: 'Claude', endpoints: { messages: {} } };
  const gateway = {
    registry: { parseModel: (model: string) => ({ model }) },
    run: async <Result>(request: GatewayRequest, send: (request: TargetedRequest) => Promise<Result>) =>
      await send({ ...request, target: { provider: provider as unknown as Provider, model: base.model } }),
    async forward({ size }: ForwardRequest) {
      const { input: _, ...others } = size();
      sizes.push(others);
      return { body: '{}', headers: [], report: {} };
    },
  } as unknown as Gateway;
  const app = new Hono<HttpEnv>();
  app.use(async (context, next) => {
    context.set('principal', principalWith({}));
    context.set('requestId', 'req_1');
    context.set('clientSignal', new AbortController().signal);
    await next();
  });
  app.post('/v1/messages', anthropicMessages(gateway));
  const init = { method: 'POST', headers, body: JSON.stringify({ ...base, ...fields }) };
  const execution = { waitUntil: () => undefined, passThroughOnException() {}, props: {} };
  const response = await app.fetch(new Request('http://gateway/v1/messages', init), {}, execution);
  expect(response.status).toBe(200);
  return sizes[0];
}

const plain = { maxOutput: 7, caches: false, minContextWindow: undefined, compacts: false, unpriced: false };
const compact = { edits: [{ type: 'compact_20260112' }] };

it.each([
  ['nothing', {}, {}, {}],
  [
    'a cache mark',
    { system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] },
    {},
    { caches: true },
  ],
  ['a compaction', { context_management: compact }, {}, { compacts: true }],
  ['fast mode', { speed: 'fast' }, {}, { unpriced: true }],
  ['inference in one region', { inference_geo: 'us' }, {}, { unpriced: true }],
  ['a search', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, {}, { unpriced: true }],
  ['a long context', {}, { 'anthropic-beta': 'context-1m-2025-08-07' }, { minContextWindow: 1_000_000 }],
])('a Messages request with %s is admitted by what it may cost', async (_, fields, headers, expected) => {
  expect(await measure(fields, headers)).toEqual({ ...plain, ...expected });
});
