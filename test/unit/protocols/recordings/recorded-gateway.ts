import { Hono } from 'hono';
import { ByokProviders } from '../../../../src/gateway/byok-providers.ts';
import { Gateway } from '../../../../src/gateway/gateway.ts';
import { ModelLists } from '../../../../src/gateway/model-lists.ts';
import type { HttpEnv } from '../../../../src/http/context.ts';
import type { JobDependencies } from '../../../../src/jobs/job-dependencies.ts';
import { anthropicMessages } from '../../../../src/protocols/anthropic/anthropic-messages-route.ts';
import { clientProtocols } from '../../../../src/protocols/client-protocols.ts';
import { createErrorResponse } from '../../../../src/protocols/error-response.ts';
import { nativeChat } from '../../../../src/protocols/native/native-chat-route.ts';
import { nativeStream } from '../../../../src/protocols/native/native-stream-route.ts';
import { openAiChat } from '../../../../src/protocols/openai/openai-chat-route.ts';
import { findClientProtocol } from '../../../../src/protocols/protocol.ts';
import { createProvider } from '../../../../src/providers/create-provider.ts';
import type { ProviderDescriptor } from '../../../../src/providers/descriptor.ts';
import { ProviderRegistry, type RegistryEntry } from '../../../../src/providers/registry.ts';
import { PriceBook } from '../../../../src/usage/price-book.ts';
import { prices } from '../../../../src/usage/prices.ts';
import type { UsageRecord } from '../../../../src/usage/usage-record.ts';
import { createContinuity } from '../../../support/continuity.ts';
import { noRoutes } from '../../../support/no-routes.ts';
import { principalWith } from '../../../support/principal.ts';
import { acme, getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import type { Client } from './recorded-streams.ts';

export interface RecordedResult {
  readonly text: string;
  /** The ledger rows. */
  readonly rows: readonly UsageRecord[];
}

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const model = 'recorded';
const messages = [{ role: 'user', content: 'Hi' }];

const streamRequests: Readonly<Record<Client, readonly [path: string, body: object]>> = {
  openai: ['/v1/chat/completions', { model, stream: true, messages }],
  'openai with usage': [
    '/v1/chat/completions',
    { model, stream: true, messages, stream_options: { include_usage: true } },
  ],
  anthropic: ['/v1/messages', { model, stream: true, max_tokens: 4096, messages }],
  native: ['/stream', { model, prompt: 'Hi' }],
};

const wholeRequests: Readonly<Record<Client, readonly [path: string, body: object]>> = {
  openai: ['/v1/chat/completions', { model, messages }],
  'openai with usage': ['/v1/chat/completions', { model, messages }],
  anthropic: ['/v1/messages', { model, max_tokens: 4096, messages }],
  native: ['/api/chat/completions', { model, prompt: 'Hi' }],
};

/** Loads the vendors' clients, which the first request of each would wait for. */
export const loadClients = () => Promise.all([import('openai'), import('@anthropic-ai/sdk')]);

const descriptors: Readonly<Record<string, ProviderDescriptor>> = {
  anthropic: getDescriptor('claude'),
  ollama: getDescriptor('ollama'),
  openai: getDescriptor('openai'),
};

/** The provider whose traffic a recording is, answered by a body. */
function entryOf(recording: string, body: () => ReadableStream<Uint8Array>): RegistryEntry {
  const fetch = async () => new Response(body(), { headers: { 'content-type': 'text/event-stream' } });
  const [folder = ''] = recording.split('/');
  const descriptor = { ...(descriptors[folder] ?? acme), defaultModel: model };
  const provider = createProvider(providerOptions(descriptor, { apiKey: 'key', fetch }));
  return { ...descriptor, provider, setting: '', serves: () => true };
}

/** Sends a request through the routes and the gateway to a provider that answers with `body`. Reads the reply to its end. */
export async function requestRecording(
  recording: string,
  client: Client,
  body: () => ReadableStream<Uint8Array>,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<RecordedResult> {
  const rows: UsageRecord[] = [];
  const entry = entryOf(recording, body);
  const now = () => nowMs;
  const book = new PriceBook({ list: prices, load: async () => [], logger: silent, now });
  await book.reload();
  const byokProviders = new ByokProviders({ decrypt: async () => '' });
  const gateway = new Gateway({
    registry: new ProviderRegistry([entry], { provider: undefined, fallback: undefined, model: undefined }),
    byokProviders,
    modelLists: new ModelLists({ byokProviders, now }),
    timeouts: { firstByteMs: 60_000, chunkMs: 60_000, totalMs: 60_000 },
    admission: { admit: async () => ({ settle: () => undefined, limits: [] }) },
    continuity: createContinuity(),
    prices: book,
    recordUsage: ({ records }) => void rows.push(...records),
    ...noRoutes,
    now,
  });
  const app = new Hono<HttpEnv>();
  app.onError(createErrorResponse);
  app.use(async (context, next) => {
    context.set('protocol', findClientProtocol(clientProtocols, context.req));
    context.set('requestId', 'req_1');
    context.set('clientSignal', new AbortController().signal);
    context.set('principal', principalWith({}));
    await next();
  });
  app.post('/stream', nativeStream(gateway));
  // No request here creates a job.
  app.post('/api/chat/completions', nativeChat(gateway, {} as JobDependencies));
  app.post('/v1/chat/completions', openAiChat(gateway));
  app.post('/v1/messages', anthropicMessages(gateway));
  const works: Promise<unknown>[] = [];
  const execution = {
    waitUntil: (work: Promise<unknown>) => void works.push(work),
    passThroughOnException() {},
    props: {},
  };
  const [path, json] = (whole ? wholeRequests : streamRequests)[client];
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
  const response = await app.request(path, init, {}, execution);
  const text = await response.text();
  await Promise.all(works);
  return { text, rows };
}

/** A body that arrives piece by piece, and ends cleanly or with a broken connection. */
export function bodyOf(
  pieces: readonly Uint8Array[],
  { end = 'clean' }: { readonly end?: 'clean' | 'cut' } = {},
): () => ReadableStream<Uint8Array> {
  return () => {
    let next = 0;
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces[next];
          next += 1;
          if (piece !== undefined) controller.enqueue(piece.slice());
          else if (end === 'cut') controller.error(new Error('The connection was reset.'));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  };
}
