import { describe, expect, it } from 'vitest';
import type { ChatBody } from '../../../../src/web/console/playground/chat-api-types.ts';
import type { Column } from '../../../../src/web/console/playground/conversation.ts';
import { findRefusedSettings } from '../../../../src/web/console/playground/find-refused-settings.ts';
import { emptyReply, type ReplyError } from '../../../../src/web/console/playground/streamed-reply.ts';

const body: ChatBody = { model: 'm', messages: [], temperature: 9, top_p: 2, max_completion_tokens: 5, tools: [] };
const failed = (error: ReplyError, lastBody = body, id: Column['id'] = 'first'): Column => ({
  id,
  lastBody,
  messages: [{ role: 'assistant', id: 1, reply: { ...emptyReply, status: 'failed', error } }],
});
const ofGateway: ReplyError = {
  status: 400,
  param: 'temperature',
  message: 'temperature: must be at most 2. top_p: must be at most 1.',
};

describe('findRefusedSettings', () => {
  it('has each problem of the gateway at its field', () => {
    expect(findRefusedSettings([failed(ofGateway)], [body])).toEqual({
      temperature: 'Must be at most 2.',
      top_p: 'Must be at most 1.',
    });
  });

  it('has the message of a provider at the parameter that it names', () => {
    const find = (param: string, message: string) =>
      findRefusedSettings([failed({ status: 400, param, message })], [body]);
    expect(find('temperature', 'Only 1 is supported.')).toEqual({ temperature: 'Only 1 is supported.' });
    expect(find('max_completion_tokens', 'too large')).toEqual({ max_tokens: 'Too large' });
    expect(find('response_format.json_schema', 'no')).toEqual({ responseFormat: 'No' });
    expect(find('tools[0].function.name', 'tools[0].function.name: is wrong.')).toEqual({
      tools: '[0].function.name: is wrong.',
    });
  });

  it('has no problem that is not about a setting', () => {
    const find = (error: ReplyError) => findRefusedSettings([failed(error)], [body]);
    expect(find({ message: 'temperature: of the server room.' })).toEqual({});
    expect(find({ param: 'messages[0].content', message: 'messages[0].content: is wrong.' })).toEqual({});
    expect(find({ param: 'messages[0].content', message: 'Model: is cut.' })).toEqual({});
  });

  it('drops a problem once its field or the model is another', () => {
    const find = (changes: Partial<ChatBody>) => findRefusedSettings([failed(ofGateway)], [{ ...body, ...changes }]);
    expect(find({ temperature: 1 })).toEqual({ top_p: 'Must be at most 1.' });
    expect(find({ model: 'other' })).toEqual({});
    expect(find({ messages: [{ role: 'user', content: 'other' }] })).toHaveProperty('temperature');
    const { temperature, ...others } = body;
    expect(findRefusedSettings([failed(ofGateway)], [others])).not.toHaveProperty('temperature');
  });

  it('has what two models refuse: a problem of both once, and each model at its own field', () => {
    const other = { ...body, model: 'n' };
    const twice = [failed(ofGateway), failed(ofGateway, other, 'second')];
    expect(findRefusedSettings(twice, [body, other]).temperature).toBe('Must be at most 2.');
    const unknown = failed({ param: 'model', message: 'model: is unknown.' }, other, 'second');
    expect(findRefusedSettings([failed(ofGateway), unknown], [body, other])).toEqual({
      temperature: 'Must be at most 2.',
      top_p: 'Must be at most 1.',
      secondModel: 'Is unknown.',
    });
  });

  it('has none before a request, and none of a request that is not the last', () => {
    const column = failed(ofGateway);
    expect(findRefusedSettings([{ id: 'first', messages: [] }], [body])).toEqual({});
    const next = { role: 'assistant', id: 2, reply: emptyReply } as const;
    expect(findRefusedSettings([{ ...column, messages: [...column.messages, next] }], [body])).toEqual({});
  });
});
