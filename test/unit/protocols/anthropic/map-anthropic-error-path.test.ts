import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../../src/domain/error-issue.ts';
import { GatewayError, invalidFieldError } from '../../../../src/domain/errors.ts';
import { mapAnthropicErrorPath } from '../../../../src/protocols/anthropic/map-anthropic-error-path.ts';

const messages = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'a', content: 'x' },
      { type: 'text', text: 'And this?' },
    ],
  },
];
const body = { system: 'Be brief.', messages };

describe('mapAnthropicErrorPath', () => {
  it.each<[FieldPath, string]>([
    [['parallel_tool_calls'], 'tool_choice.disable_parallel_tool_use'],
    [['response_format'], 'output_config.format'],
    [['response_format', 'json_schema'], 'output_config.format.json_schema'],
    [['stop'], 'stop_sequences'],
    [['stop', 1], 'stop_sequences[1]'],
    [['tool_choice'], 'tool_choice'],
    [['messages'], 'messages'],
    [['messages', 0], 'system'],
    [['messages', 1], 'messages[0]'],
    [['messages', 2], 'messages[1]'],
    [['messages', 3, 'content'], 'messages[2].content'],
    [['messages', 4], 'messages[2]'],
    [['messages', 5], 'messages[5]'],
  ])('maps %j to %s', (path, param) => {
    expect(mapAnthropicErrorPath(invalidFieldError(path, 'is wrong'), body)).toMatchObject({
      code: 'invalid_request',
      message: `${param}: is wrong.`,
    });
  });

  it('counts no system prompt where there is none', () => {
    const error = invalidFieldError(['messages', 0], 'is wrong');
    expect(mapAnthropicErrorPath(error, { messages })).toMatchObject({ message: 'messages[0]: is wrong.' });
  });

  it('returns errors that name no field as they are', () => {
    const errors = [
      new GatewayError('invalid_request', 'OpenAI: stop it'),
      new GatewayError('invalid_request', 'stop: is wrong.'),
      new GatewayError('provider_error', 'stop failed'),
      new Error('stop failed'),
      undefined,
    ];
    for (const error of errors) expect(mapAnthropicErrorPath(error, body)).toBe(error);
  });
});
