import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../../src/domain/error-issue.ts';
import { GatewayError, invalidFieldError } from '../../../../src/domain/errors.ts';
import { mapOpenAiFunctionsError } from '../../../../src/protocols/openai/map-openai-functions-error.ts';

describe('mapOpenAiFunctionsError', () => {
  it.each<[FieldPath, string]>([
    [['tool_choice'], 'function_call'],
    [['tools', 1, 'name'], 'functions[1].name'],
    [['temperature'], 'temperature'],
    [['messages', 1], 'messages[1]'],
  ])('maps %j to %s', (path, param) => {
    expect(mapOpenAiFunctionsError(invalidFieldError(path, 'is wrong'))).toMatchObject({
      code: 'invalid_request',
      message: `${param}: is wrong.`,
      param,
    });
  });

  it('tells a client that cannot allow parallel calls to send tools', () => {
    const error = invalidFieldError(['parallel_tool_calls'], 'leave it out');
    expect(mapOpenAiFunctionsError(error)).toMatchObject({
      message: "functions: this model's provider cannot be held to one call at a time. Send tools instead.",
      param: 'functions',
    });
  });

  it('returns errors that name no field as they are', () => {
    const errors = [new GatewayError('invalid_request', 'tool_choice: is wrong.'), new Error('tools'), undefined];
    for (const error of errors) expect(mapOpenAiFunctionsError(error)).toBe(error);
  });
});
