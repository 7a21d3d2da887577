import { describe, expect, test } from 'vitest';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { GatewayDependencies } from '../../../src/gateway/gateway-dependencies.ts';
import type { ChatGatewayRequest, ForwardStreamRequest } from '../../../src/gateway/gateway-request.ts';
import { createAnthropicProvider } from '../../../src/providers/anthropic/anthropic-provider.ts';
import { prices } from '../../../src/usage/prices.ts';
import type { UsageRecord } from '../../../src/usage/usage-record.ts';
import type { SettledRequest } from '../../../src/usage/usage-recorder.ts';
import { principalWith } from '../../support/principal.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const counts = { input_tokens: 1000, output_tokens: 1000 };
/** $5 and $25 a million. */
const model = 'claude-opus-4-6';

const whole = (extra: object) =>
  Response.json({
    model,
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage: { ...counts, ...extra },
  });

/** Speed and region come with the first counts, tools and iterations with the last. */
function streamed({ speed, inference_geo, ...last }: { readonly [name: string]: unknown }): Response {
  const first = { input_tokens: 1000, output_tokens: 1, speed, inference_geo };
  const events = [
    { type: 'message_start', message: { model, content: [], usage: first } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1000, ...last } },
    { type: 'message_stop' },
  ];
  return new Response(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

type Call = (gateway: Gateway, request: ChatGatewayRequest & ForwardStreamRequest) => Promise<unknown>;

const calls: readonly (readonly [string, typeof streamed, Call])[] = [
  ['whole and translated', whole, (gateway, request) => gateway.complete(request)],
  ['whole and passed through', whole, (gateway, request) => gateway.forward(request)],
  [
    'streamed and translated',
    streamed,
    async (gateway, request) => {
      const { events } = await gateway.stream({ ...request, source: 'stream' });
      while (await events.read());
    },
  ],
  [
    'streamed and passed through',
    streamed,
    async (gateway, request) => new Response((await gateway.forwardStream(request)).body).text(),
  ],
];

async function rowOf(reply: () => Response, call: Call): Promise<UsageRecord | undefined> {
  const records: UsageRecord[] = [];
  const background: Promise<unknown>[] = [];
  const options = providerOptions(getDescriptor('claude'), { apiKey: 'k', fetch: async () => reply() });
  // Requests are translated by the vendor's client, which takes its time to load: replies are what is tested.
  const provider = { ...createAnthropicProvider(options), send: async () => reply() };
  const dependencies = {
    timeouts: { firstByteMs: 30_000, chunkMs: 30_000, totalMs: 60_000 },
    admission: { admit: async () => ({ settle: () => undefined, limits: [] }) },
    prices: { findFirst: prices.findFirst.bind(prices), ready: () => undefined },
    recordUsage: (settled: SettledRequest) => void records.push(...settled.records),
    now: Date.now,
  } as unknown as GatewayDependencies;
  await call(new Gateway(dependencies), {
    requestId: 'req_1',
    principal: principalWith({}),
    source: 'sync',
    target: { provider, model },
    chat: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] },
    endpoint: provider.endpoints?.messages ?? expect.unreachable(),
    body: '{}',
    size: () => ({ input: 7, maxOutput: undefined }),
    stripUsageChunk: false,
    encodeError: () => '',
    signal: new AbortController().signal,
    waitUntil: (work) => void background.push(work),
  });
  await Promise.all(background);
  expect(records).toHaveLength(1);
  return records[0];
}

describe.each(calls)('a reply of Claude, %s', (_, createReply, call) => {
  test.each([
    ['fast mode', { speed: 'fast' }],
    ['inference in one region', { inference_geo: 'us' }],
    ['priority', { service_tier: 'priority' }],
    ['a counter that is not known', { server_tool_use: { code_execution_requests: 1 } }],
  ])('has no known price with %s', async (_, extra) => {
    const row = await rowOf(() => createReply(extra), call);
    expect(row).toMatchObject({ inputTokens: 1000, outputTokens: 1000, costNanoUsd: null, tokenSource: 'provider' });
  });

  test('costs the fee of its searches', async () => {
    const extra = { server_tool_use: { web_search_requests: 5, web_fetch_requests: 1 } };
    expect(await rowOf(() => createReply(extra), call)).toMatchObject({ costNanoUsd: 80_000_000n });
  });

  test('costs its compaction', async () => {
    const iterations = [
      { type: 'compaction', input_tokens: 50_000, output_tokens: 3000 },
      { type: 'message', ...counts },
    ];
    const row = await rowOf(() => createReply({ iterations }), call);
    expect(row).toMatchObject({ inputTokens: 51_000, outputTokens: 4000, costNanoUsd: 355_000_000n });
  });

  test('costs its tokens at standard speed', async () => {
    const extra = { speed: 'standard', inference_geo: 'global', service_tier: 'standard' };
    expect(await rowOf(() => createReply(extra), call)).toMatchObject({ costNanoUsd: 30_000_000n });
  });
});
