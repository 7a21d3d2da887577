import { describe, expect, it } from 'vitest';
import { meterReply } from '../../../src/gateway/meter-reply.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import type { EndpointName } from '../../../src/providers/provider.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

function meter(provider: string, endpoint: EndpointName, body: unknown) {
  const { endpoints } = createProvider(providerOptions(getDescriptor(provider), { apiKey: 'k' }));
  const found = endpoints?.[endpoint] ?? expect.unreachable();
  return meterReply(found, typeof body === 'string' ? body : JSON.stringify(body));
}

const usage = { input_tokens: 10, output_tokens: 5 };
const counted = { input: 10, output: 5 };

describe('a message of a compatible server', () => {
  it.each([
    ['a signature', { type: 'thinking', thinking: 'x', signature: null }],
    ['a text', { type: 'text', text: null }],
    ['an id and a name of another block', { type: 'web_search_tool_result', id: null, name: null, text: null }],
  ])('is read where %s is null', (_, block) => {
    const content = [block, { type: 'text', text: 'ok' }];
    const { content: read, ...reply } = meter('claude', 'messages', {
      model: null,
      content,
      stop_reason: 'end_turn',
      usage,
    });
    expect(reply).toEqual({ finishReason: 'stop', usage: counted });
    expect(read?.at(-1)).toEqual({ type: 'text', text: 'ok' });
  });

  it('is metered by its counts where a tool call has no id', () => {
    const content = [{ type: 'tool_use', id: null, name: 'x', input: {} }];
    expect(meter('claude', 'messages', { content, usage })).toEqual({ finishReason: 'other', usage: counted });
  });
});

it.each([
  ['openai', 'chat', { choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } }, counted],
  ['openai', 'responses', { status: 'completed', usage }, counted],
  ['openai', 'embeddings', { embeddings: [[1]], usage: { prompt_tokens: 10 } }, { input: 10, output: 0 }],
  ['ollama', 'embeddings', [[1, 2]], undefined],
  ['openai', 'chat', null, undefined],
] as const)(
  'meters what a reply of %s to %s reports, though it cannot be read',
  (provider, endpoint, body, expected) => {
    expect(meter(provider, endpoint, body)).toMatchObject({ finishReason: 'other' });
    expect(meter(provider, endpoint, body).usage).toEqual(expected);
  },
);

it.each([
  ['openai', 'chat', { error: { message: 'slow down', code: 429 } }, 'rate_limited'],
  ['openai', 'embeddings', { error: { message: 'slow down', code: 429 } }, 'rate_limited'],
  ['openai', 'responses', { status: 'failed', error: { code: 'rate_limit_exceeded' } }, 'rate_limited'],
  ['claude', 'messages', { type: 'error', error: { type: 'overloaded_error' } }, 'provider_error'],
] as const)('throws the error that %s sent under status 200 to %s', (provider, endpoint, body, code) => {
  expect(() => meter(provider, endpoint, body)).toThrow(expect.objectContaining({ code }));
});

it.each(['<html></html>', '{"choices":[{"mess', ''])('throws where the body is no JSON: %j', (body) => {
  expect(() => meter('openai', 'chat', body)).toThrow(expect.objectContaining({ code: 'provider_error' }));
});
