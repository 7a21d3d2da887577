import { expect, it } from 'vitest';
import { encodeAnthropicMessage } from '../../../src/protocols/anthropic/encode-anthropic-message.ts';
import { encodeGeminiResponse } from '../../../src/protocols/gemini/encode-gemini-response.ts';
import { encodeOpenAiChatCompletion } from '../../../src/protocols/openai/encode-openai-chat-completion.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const depth = 200_000;
const deep = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const quoted = JSON.stringify(deep);

const openAiReply = (args: string) =>
  `{"choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${args}}}]},"finish_reason":"tool_calls"}]}`;

it.each([
  ['openai', openAiReply(quoted)],
  ['openai', openAiReply(deep)],
  [
    'claude',
    `{"type":"message","model":"m","content":[{"type":"tool_use","id":"c1","name":"f","input":${deep}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
  ],
  [
    'ollama',
    `{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":${deep}}}]},"done":true,"done_reason":"stop"}`,
  ],
])('a reply of %s whose arguments are nested 200,000 levels deep reaches every client', (id, body) => {
  const provider = createProvider(
    providerOptions(getDescriptor(id), { apiKey: 'k', baseUrl: 'https://vendor.example' }),
  );
  const { content, finishReason } = provider.decodeResponse(body);
  const reply = { content, finishReason, usage: {}, refusal: undefined };
  const head = { id: 'x', created: 0, model: 'm', legacyFunctions: false };
  const completion = JSON.parse(JSON.stringify(encodeOpenAiChatCompletion(reply, head)));
  expect(completion.choices[0].message.tool_calls[0].function.arguments).toBe(deep);
  const message = JSON.parse(JSON.stringify(encodeAnthropicMessage(reply, { id: 'x', model: 'm' })));
  expect(message.content.at(-1).input).toEqual({ INVALID_JSON: deep });
  const options = { responseId: 'x', model: 'm', includeThoughts: false };
  const { candidates } = JSON.parse(JSON.stringify(encodeGeminiResponse(reply, options)));
  expect(candidates[0].content.parts[0].functionCall.args).toEqual({ INVALID_JSON: deep });
});
