import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import {
  type GeneratedRequest,
  generateChatRequest,
  generateMessagesRequest,
} from '../support/random-requests/generate-request.ts';
import { generateResponsesRequest } from '../support/random-requests/generate-responses-request.ts';
import { readRequestShapes } from '../support/sdk-types/read-request-shapes.ts';

/** Requests for each pair of a protocol and a provider. */
const count = process.env.TRANSLATION_AT_FULL_LOAD ? 2000 : 60;
const firstSeed = Number(process.env.TRANSLATION_SEED ?? 1);
const concurrency = 8;

interface Pair {
  readonly path: '/v1/chat/completions' | '/v1/responses' | '/v1/messages';
  readonly model: string;
  /** Whether the provider has the client's protocol, so that the body passes through unchanged. */
  readonly isPassed?: boolean;
  /** Essential fields, by the field or the message that a 400 names. */
  readonly essential?: RegExp;
}

/** Content that no other vendor accepts, requests that OpenAI's API rejects too, and a forced tool that was dropped. */
const chatEssentials =
  /^(n|logprobs|modalities(\[\d+\])?|audio|function_call|function_call\.name|functions|tool_choice(\.(type|function\.name|allowed_tools\..*))?|messages\[\d+\]\.content\[\d+\]\.(type|file\.file_id|file\.file_data))$/;
const responsesEssentials =
  /^(include\[\d+\]|tool_choice(\.(type|name))?|input\[\d+\]|input\[\d+\]\.(role|(content|output)\[\d+\]\.(type|file_id|file_url|file_data|image_url)))$/;
const messagesEssentials =
  /^(tool_choice(\.name)?|messages|messages\[\d+\]\.content\[\d+\](\.content\[\d+\])?(\.(type|source(\.type|\.content\[\d+\].*)?))?)$/;
const ollamaMedia = /^messages\[\d+\]$/;
const either = (...patterns: readonly RegExp[]) => new RegExp(patterns.map(({ source }) => source).join('|'));

const pairs: readonly Pair[] = [
  { path: '/v1/chat/completions', model: 'gpt-4o-mini', isPassed: true },
  { path: '/v1/chat/completions', model: 'acme-large', isPassed: true },
  { path: '/v1/chat/completions', model: 'claude-haiku-4-5', essential: chatEssentials },
  { path: '/v1/chat/completions', model: 'claude-opus-4-8', essential: chatEssentials },
  { path: '/v1/chat/completions', model: 'ollama/llama3.2', essential: either(chatEssentials, ollamaMedia) },
  { path: '/v1/chat/completions', model: 'stub', essential: chatEssentials },
  { path: '/v1/responses', model: 'claude-haiku-4-5', essential: responsesEssentials },
  { path: '/v1/responses', model: 'ollama/llama3.2', essential: responsesEssentials },
  { path: '/v1/responses', model: 'stub', essential: responsesEssentials },
  { path: '/v1/messages', model: 'gpt-4o-mini', essential: messagesEssentials },
  { path: '/v1/messages', model: 'gpt-5-mini', essential: messagesEssentials },
  { path: '/v1/messages', model: 'acme-large', essential: messagesEssentials },
  { path: '/v1/messages', model: 'claude-haiku-4-5', isPassed: true },
  { path: '/v1/messages', model: 'ollama/llama3.2', essential: either(messagesEssentials, ollamaMedia) },
  { path: '/v1/messages', model: 'stub', essential: messagesEssentials },
];

let gateway: MiniflareGateway;
let key: string;
const shapes = readRequestShapes();

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: () => ({ FIRST_BYTE_TIMEOUT_MS: '60000', CHUNK_TIMEOUT_MS: '60000', TOTAL_TIMEOUT_MS: '60000' }),
  });
  ({ key } = await gateway.createTenant());
});
afterAll(() => gateway?.stop());

function generate({ path, model }: Pair, seed: number): GeneratedRequest {
  if (path === '/v1/responses') return generateResponsesRequest(shapes, model, seed);
  return path === '/v1/messages'
    ? generateMessagesRequest(shapes, model, seed)
    : generateChatRequest(shapes, model, seed);
}

async function send({ path }: Pair, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(gateway.directUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const read = (name: string) => decodeURIComponent(response.headers.get(name) ?? '');
  return { status: response.status, text, source: read('x-gateway-error-source'), dropped: read('x-gateway-dropped') };
}

/** The fields that an error names at the beginning of its message, or in `param`. */
function namedFields(text: string): string[] {
  const { error } = JSON.parse(text);
  const inMessage = [...String(error.message).matchAll(/(?:^|[.?] )([a-z_]+(?:\[\d+\]|\.[a-z_]+)*): /g)].map(
    ([, name]) => name,
  );
  const names = typeof error.param === 'string' ? [error.param, ...inMessage] : inMessage;
  return names.filter((name) => name !== undefined);
}

/** Describes the fault of a reply. Returns undefined if there is none. */
async function findFault(pair: Pair, seed: number): Promise<string | undefined> {
  const { body, unknownFields } = generate(pair, seed);
  const reply = await send(pair, body);
  const describe = (fault: string) =>
    `seed ${seed}: ${fault}: ${reply.status} ${reply.text.slice(0, 600)}\n  dropped ${reply.dropped}\n  ${JSON.stringify(body).slice(0, 3000)}`;
  if (reply.status === 400) {
    if (pair.isPassed) return reply.source === 'provider' ? undefined : describe('a passed body was refused');
    const names = namedFields(reply.text);
    const unknown = names.filter((name) => !pair.essential?.test(name));
    if (reply.source !== 'gateway' && !reply.text.includes('Stub')) return describe('the provider refused it');
    return names.length === 0 || unknown.length > 0 ? describe('an inessential field was refused') : undefined;
  }
  // An object in the operator's account. The types allow any name for it.
  if (reply.status === 404 && reply.text.includes("is not supported with the operator's key")) return undefined;
  if (reply.status !== 200) return describe('no reply');
  if (pair.isPassed || pair.model === 'stub') return undefined;
  const isWhole = !reply.dropped.includes('...+');
  const unreported = unknownFields.filter(
    (name) => !reply.dropped.includes(name) && !isInDropped(body, name, reply.dropped),
  );
  if (isWhole && unreported.length > 0) return describe(`${unreported.join(', ')} was dropped without a report`);
  if (reply.dropped === '' || seed % 4 !== 0) return undefined;
  const strict = await send(pair, body, { 'x-gateway-strict': 'true' });
  const [first = ''] = reply.dropped.split(',');
  return strict.status === 400 && strict.text.includes(JSON.stringify(`${first}: is not supported by`).slice(1, -1))
    ? undefined
    : describe(`strict did not refuse ${first}: ${strict.status} ${strict.text.slice(0, 300)}`);
}

/** Returns whether a field is inside a dropped one. */
function isInDropped(body: unknown, name: string, dropped: string): boolean {
  const path = findPath(body, name) ?? '';
  return dropped.split(',').some((left) => path.startsWith(`${left}.`) || path.startsWith(`${left}[`));
}

function findPath(value: unknown, name: string, path = ''): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (key === name) return at;
    const found = findPath(member, name, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('requests of the types of the official SDKs, with unknown fields', () => {
  it.each(pairs.map((pair) => [pair.path, pair.model, pair] as const))(
    'get a reply or an error that names an essential field: %s with %s',
    async (_path, _model, pair) => {
      const faults: string[] = [];
      let next = firstSeed;
      const run = async () => {
        while (next < firstSeed + count) {
          const seed = next++;
          const fault = await findFault(pair, seed).catch((error: unknown) => `seed ${seed}: ${String(error)}`);
          if (fault !== undefined) faults.push(fault);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, run));
      expect(faults.slice(0, 10).join('\n\n'), `${faults.length} of ${count}`).toBe('');
    },
    1_800_000,
  );
});
