import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { inClientWords } from '../../../../src/protocols/anthropic/map-anthropic-error-path.ts';

const body = {
  system: 'Be brief.',
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'x' },
        { type: 'text', text: 'And this?' },
      ],
    },
  ],
};

function told(message: string, of: Readonly<Record<string, unknown>> = body): unknown {
  return inClientWords(new GatewayError('invalid_request', message), of);
}

describe('what a provider refuses is told to a client of Anthropic', () => {
  test.each([
    ['parallel_tool_calls: Ollama cannot', 'tool_choice.disable_parallel_tool_use: Ollama cannot'],
    ['response_format and tools exclude each other', 'output_config.format and tools exclude each other'],
    ['stop can hold at most 4 sequences', 'stop_sequences can hold at most 4 sequences'],
    ['messages[1] holds an image', 'messages[0] holds an image'],
    ['messages[4] holds an image', 'messages[2] holds an image'],
    ['messages[3].content: no image', 'messages[2].content: no image'],
    ['tool_choice can only be auto', 'tool_choice can only be auto'],
    ['OpenAI: stop it', 'OpenAI: stop it'],
    ['stopped', 'stopped'],
  ])('%s', (message, expected) => {
    expect(told(message)).toMatchObject({ code: 'invalid_request', message: expected });
  });

  test('by the places that the messages have where there is no system prompt', () => {
    expect(told('messages[0] holds', { messages: body.messages })).toMatchObject({ message: 'messages[0] holds' });
  });

  test('as it is where it is no bad request', () => {
    const errors = [new GatewayError('provider_error', 'stop failed'), new Error('stop failed'), undefined];
    for (const error of errors) expect(inClientWords(error, body)).toBe(error);
  });
});
