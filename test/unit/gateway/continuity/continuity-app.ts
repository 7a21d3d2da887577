import { Hono } from 'hono';
import { ByokProviders } from '../../../../src/gateway/byok-providers.ts';
import { Gateway } from '../../../../src/gateway/gateway.ts';
import { ModelLists } from '../../../../src/gateway/model-lists.ts';
import type { HttpEnv } from '../../../../src/http/context.ts';
import { anthropicMessages } from '../../../../src/protocols/anthropic/anthropic-messages-route.ts';
import { clientProtocols } from '../../../../src/protocols/client-protocols.ts';
import { createErrorResponse } from '../../../../src/protocols/error-response.ts';
import {
  geminiGenerateContent,
  geminiStreamGenerateContent,
} from '../../../../src/protocols/gemini/gemini-generate-content-route.ts';
import { openAiChat } from '../../../../src/protocols/openai/openai-chat-route.ts';
import { openAiCompact } from '../../../../src/protocols/openai/openai-compact-route.ts';
import { openAiResponses } from '../../../../src/protocols/openai/openai-responses-route.ts';
import { findClientProtocol } from '../../../../src/protocols/protocol.ts';
import { createProvider } from '../../../../src/providers/create-provider.ts';
import type { ProviderDescriptor } from '../../../../src/providers/descriptor.ts';
import { describeCompatibleProvider } from '../../../../src/providers/parse-compatible-providers.ts';
import { ProviderRegistry } from '../../../../src/providers/registry.ts';
import { PriceBook } from '../../../../src/usage/price-book.ts';
import { prices } from '../../../../src/usage/prices.ts';
import { createContinuity } from '../../../support/continuity.ts';
import { noRoutes } from '../../../support/no-routes.ts';
import { principalWith } from '../../../support/principal.ts';
import { getDescriptor } from '../../../support/provider-options.ts';
import {
  createFakeClaude,
  createFakeDeepSeek,
  createFakeGemini,
  createFakeKimi,
  createFakeMistral,
  createFakeOllama,
  createFakeOpenAi,
  type FakeVendor,
} from './fake-vendors.ts';
import { createMemoryResponseStore } from './memory-response-store.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const compatible = (name: string) =>
  describeCompatibleProvider({
    name,
    baseUrl: `https://${name}.example/v1`,
    models: [],
    includeUsage: true,
    requiresDone: true,
    responses: false,
  });

export const vendorNames = ['openai', 'claude', 'deepseek', 'google', 'mistral', 'moonshotai', 'ollama'] as const;
export type VendorName = (typeof vendorNames)[number];

/** The routes and the gateway in front of vendors that refuse what the real ones refuse. */
export function createContinuityApp(otherVendors: Partial<Readonly<Record<VendorName, FakeVendor>>> = {}) {
  const vendors: Readonly<Record<VendorName, FakeVendor>> = {
    openai: createFakeOpenAi(),
    claude: createFakeClaude(),
    deepseek: createFakeDeepSeek(),
    google: createFakeGemini(),
    mistral: createFakeMistral(),
    moonshotai: createFakeKimi(),
    ollama: createFakeOllama(),
    ...otherVendors,
  };
  const stored = new Map<string, string>();
  const state = { tenant: 'ten_1' };
  const entries = vendorNames.map((name) => {
    const isBuiltIn = name === 'claude' || name === 'ollama' || name === 'openai';
    const descriptor: ProviderDescriptor = isBuiltIn ? getDescriptor(name) : compatible(name);
    const baseUrl = descriptor.baseUrl ?? 'http://ollama.example';
    const provider = createProvider({ descriptor, baseUrl, apiKey: 'key', fetch: vendors[name].fetch });
    return { ...descriptor, provider, setting: '', serves: () => false };
  });
  const stub = getDescriptor('stub');
  const provider = createProvider({ descriptor: stub, baseUrl: stub.baseUrl ?? '' });
  const byokProviders = new ByokProviders({ decrypt: async () => '' });
  const gateway = new Gateway({
    registry: new ProviderRegistry([...entries, { ...stub, provider, setting: '', serves: () => false }], {
      provider: undefined,
      fallback: undefined,
      model: undefined,
    }),
    byokProviders,
    modelLists: new ModelLists({ byokProviders, now: () => nowMs }),
    timeouts: { firstByteMs: 60_000, chunkMs: 60_000, totalMs: 60_000 },
    admission: { admit: async () => ({ settle: () => undefined, limits: [] }) },
    continuity: createContinuity(stored),
    prices: new PriceBook({ list: prices, load: async () => [], logger: silent, now: () => nowMs }),
    recordUsage: () => undefined,
    ...noRoutes,
    now: () => nowMs,
  });
  let requestCount = 0;
  const app = new Hono<HttpEnv>();
  app.onError(createErrorResponse);
  app.use(async (context, next) => {
    context.set('protocol', findClientProtocol(clientProtocols, context.req));
    requestCount += 1;
    context.set('requestId', `req_${requestCount}`);
    context.set('clientSignal', new AbortController().signal);
    context.set('principal', principalWith({ tenantId: state.tenant }));
    await next();
  });
  app.post('/v1/chat/completions', openAiChat(gateway));
  const noJobs = async () => new Response(null, { status: 500 });
  app.post('/v1/responses', openAiResponses(gateway, createMemoryResponseStore(), noJobs));
  app.post('/v1/responses/compact', openAiCompact(gateway, createMemoryResponseStore()));
  app.post('/v1/messages', anthropicMessages(gateway));
  app.post('/v1beta/models/:call{.+:generateContent}', geminiGenerateContent(gateway));
  app.post('/v1beta/models/:call{.+:streamGenerateContent}', geminiStreamGenerateContent(gateway));
  const execution = { waitUntil: () => undefined, passThroughOnException() {}, props: {} };
  const send: typeof fetch = async (input, init) => await app.fetch(new Request(input, init), {}, execution);
  return Object.assign(state, {
    vendors,
    stored,
    fetch: send,
    modelOf: (name: VendorName) => `${name}/${vendors[name].model}`,
  });
}
