import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { ChatRequest, Message } from '../../../src/domain/request.ts';
import { mapAnthropicErrorPath } from '../../../src/protocols/anthropic/map-anthropic-error-path.ts';
import { parseAnthropicRequest } from '../../../src/protocols/anthropic/parse-anthropic-request.ts';
import { encodeOpenAiError } from '../../../src/protocols/openai/encode-openai-error.ts';
import { mapOpenAiFunctionsError } from '../../../src/protocols/openai/map-openai-functions-error.ts';
import { encodeAnthropicRequest } from '../../../src/providers/anthropic/encode-anthropic-request.ts';
import { builtInProviders } from '../../../src/providers/catalog.ts';
import { encodeOllamaChatRequest } from '../../../src/providers/ollama/encode-ollama-chat-request.ts';
import { encodeOpenAiChatRequest } from '../../../src/providers/openai/encode-openai-chat-request.ts';

/** To a provider: 0 the system prompt, 1 the user, 2 the tool call, 3 its result, 4 the user again. */
const body = {
  max_tokens: 100,
  system: 'Be brief.',
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'look', input: {} }] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'x' },
        { type: 'text', text: 'And this?' },
      ],
    },
  ],
};
const chat: ChatRequest = { ...parseAnthropicRequest(body), model: 'm' };
const tools = [{ name: 'look', parameters: { type: 'object' } }];

/** The conversation with another message at an index. */
function replace(at: number, message: Message): Partial<ChatRequest> {
  return { messages: chat.messages.map((existing, index) => (index === at ? message : existing)) };
}

const imageOf = (mediaType: string) =>
  ({ type: 'image', source: { type: 'base64', mediaType, data: 'AA==' } }) as const;
const imageByUrl = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } } as const;

const getDescriptor = (id: string) => builtInProviders.find((entry) => entry.id === id) ?? expect.unreachable();
const encoders = {
  Claude: (request: ChatRequest) => encodeAnthropicRequest(request, getDescriptor('claude'), false),
  Ollama: (request: ChatRequest) => encodeOllamaChatRequest(request, 'Ollama', false),
  OpenAI: (request: ChatRequest) => encodeOpenAiChatRequest(request, getDescriptor('openai'), false),
};

interface Params {
  /** To a client of Chat Completions. */
  readonly openai: string;
  /** To one that sends `functions`; absent: the same. */
  readonly functions?: string;
  /** To a client of Messages; absent: the same. */
  readonly anthropic?: string;
}

type EncoderCase = [provider: keyof typeof encoders, name: string, changes: Partial<ChatRequest>, params: Params];

const toolChoice: Params = { openai: 'tool_choice', functions: 'function_call' };
const responseFormat: Params = { openai: 'response_format', anthropic: 'output_config.format' };
const stop: Params = { openai: 'stop', anthropic: 'stop_sequences' };

const cases: readonly EncoderCase[] = [
  ['Claude', 'a forced call without tools', { toolChoice: 'required' }, toolChoice],
  ['Claude', 'a seed', { seed: 1 }, { openai: 'seed' }],
  ['Claude', 'a frequency penalty', { frequencyPenalty: 1 }, { openai: 'frequency_penalty' }],
  ['Claude', 'a presence penalty', { presencePenalty: 1 }, { openai: 'presence_penalty' }],
  ['Claude', 'a temperature above 1', { temperature: 1.5 }, { openai: 'temperature' }],
  ['Claude', 'a blank stop sequence', { stop: [' '] }, stop],
  ['Claude', 'JSON without a schema', { responseFormat: { type: 'json_object' } }, responseFormat],
  [
    'Claude',
    'blank text',
    { messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] },
    { openai: 'messages' },
  ],
  [
    'Claude',
    'an assistant first',
    { messages: [{ role: 'assistant', content: [{ type: 'text', text: 'Hi' }] }] },
    { openai: 'messages' },
  ],
  [
    'Claude',
    'a type of image',
    replace(4, { role: 'user', content: [imageOf('image/tiff')] }),
    { openai: 'messages[4]', anthropic: 'messages[2]' },
  ],
  ['Ollama', 'a forced call without tools', { toolChoice: { name: 'look' } }, toolChoice],
  ['Ollama', 'a forced call', { tools, toolChoice: 'required' }, toolChoice],
  [
    'Ollama',
    'one call at a time',
    { tools, parallelToolCalls: false },
    {
      openai: 'parallel_tool_calls',
      functions: 'functions',
      anthropic: 'tool_choice.disable_parallel_tool_use',
    },
  ],
  ['Ollama', 'a format beside tools', { tools, responseFormat: { type: 'json_object' } }, responseFormat],
  [
    'Ollama',
    'an image by URL',
    replace(1, { role: 'user', content: [imageByUrl] }),
    { openai: 'messages[1]', anthropic: 'messages[0]' },
  ],
  ['OpenAI', 'a forced call without tools', { toolChoice: 'required' }, toolChoice],
  ['OpenAI', 'top_k', { topK: 5 }, { openai: 'top_k' }],
  ['OpenAI', 'five stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, stop],
  [
    'OpenAI',
    "an image in a tool's result",
    replace(3, { role: 'tool', toolCallId: 'a', content: [imageOf('image/png')] }),
    { openai: 'messages[3].content', anthropic: 'messages[2].content' },
  ],
];

function catchError(provider: keyof typeof encoders, changes: Partial<ChatRequest>): GatewayError {
  try {
    encoders[provider]({ ...chat, ...changes });
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('The encoder threw nothing.');
}

/** The same error in other words. */
function reword(error: GatewayError): GatewayError {
  const issues = error.issues?.map(({ path }) => ({
    path,
    message: 'model: tools stop messages[9] prompt is too long',
  }));
  return new GatewayError(error.code, issues, error);
}

const mappings = {
  openai: (error: GatewayError) => error,
  functions: mapOpenAiFunctionsError,
  anthropic: (error: GatewayError) => mapAnthropicErrorPath(error, body),
};

describe.each(cases)('%s refuses %s', (provider, _, changes, params) => {
  const error = catchError(provider, changes);

  it.each(['openai', 'functions', 'anthropic'] as const)('and names the field that a client of %s sent', (client) => {
    const param = params[client] ?? params.openai;
    const mapped = mappings[client](error);
    expect(mapped).toMatchObject({ code: 'invalid_request', param });
    expect((mapped as GatewayError).message.startsWith(`${param}: `)).toBe(true);
  });

  it.each(['openai', 'functions', 'anthropic'] as const)('and names the field to %s for any error text', (client) => {
    const mapped = mappings[client](reword(error)) as GatewayError;
    expect(encodeOpenAiError(mapped).error).toMatchObject({
      param: params[client] ?? params.openai,
      code: 'invalid_request',
      type: 'invalid_request_error',
    });
  });
});
