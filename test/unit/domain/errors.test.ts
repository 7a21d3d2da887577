import { describe, expect, it } from 'vitest';
import { GatewayError, invalidFieldError, mapErrorIssues, toGatewayError } from '../../../src/domain/errors.ts';

describe('GatewayError', () => {
  it('has the status and the public message of its code', () => {
    const error = new GatewayError('rate_limited');
    expect([error.status, error.retryable, error.message]).toEqual([429, true, 'Too many requests.']);
    expect(error).toMatchObject({ issues: undefined, param: undefined, reason: undefined });
  });

  it('composes its message from its issues and takes param from the first', () => {
    const issues = [
      { path: ['messages', 2, 'content'], message: 'must be a string' },
      { path: ['topP'], message: 'must be at most 1' },
    ];
    expect(new GatewayError('forbidden', issues)).toMatchObject({
      status: 403,
      message: 'messages[2].content: must be a string. topP: must be at most 1.',
      param: 'messages[2].content',
      issues,
    });
  });

  it.each([
    [['temperature'], 'temperature'],
    [['messages', 0], 'messages[0]'],
    [['tools', 10, 'function', 'name'], 'tools[10].function.name'],
    [['metadata', 'a b', 'c'], 'metadata["a b"].c'],
    [['a.b'], '["a.b"]'],
    [[''], '[""]'],
  ])('writes the path %j as %s', (path, param) => {
    expect(invalidFieldError(path, 'is wrong')).toMatchObject({ message: `${param}: is wrong.`, param });
  });

  it('names no param for the request as a whole', () => {
    const error = invalidFieldError([], 'must be an object');
    expect([error.message, error.param]).toEqual(['The body: must be an object.', undefined]);
  });

  it('has no param for a plain message, even if the message begins with a field', () => {
    expect(new GatewayError('invalid_request', 'temperature: must be at most 2.').param).toBeUndefined();
  });
});

describe('mapErrorIssues', () => {
  it('changes the issues and keeps the rest', () => {
    const cause = new Error('x');
    const error = new GatewayError('forbidden', [{ path: ['a'], message: 'is wrong' }], {
      reason: 'model_not_found',
      retryable: true,
      retryAfterSeconds: 3,
      cause,
    });
    expect(mapErrorIssues(error, ({ path, message }) => ({ path: ['inputs', 1, ...path], message }))).toMatchObject({
      code: 'forbidden',
      message: 'inputs[1].a: is wrong.',
      param: 'inputs[1].a',
      reason: 'model_not_found',
      retryable: true,
      retryAfterSeconds: 3,
      cause,
    });
  });

  it('returns errors without issues as they are', () => {
    const thrown = [new GatewayError('invalid_request', 'a: is wrong.'), new TypeError('a'), undefined];
    for (const error of thrown) expect(mapErrorIssues(error, () => expect.unreachable())).toBe(error);
  });
});

describe('toGatewayError', () => {
  it('maps an unexpected exception to internal and keeps its text', () => {
    const error = toGatewayError(new TypeError('secret'));
    expect(error.code).toBe('internal');
    expect(error.message).not.toContain('secret');
  });
});
