import { expect, test } from 'vitest';
import type { HttpContext } from '../../../../src/http/context.ts';
import { parseNativeChatRequest } from '../../../../src/protocols/native/parse-native-chat-request.ts';
import { principalWith } from '../../../support/principal.ts';

/** Only what the reading of a body takes of a context. */
const contextOf = (body: string) => {
  const req = Object.assign(new Response(body), { raw: new Request('http://gateway.test') });
  const get = (name: string) => (name === 'principal' ? principalWith({}) : undefined);
  return { req, get, set: () => undefined } as unknown as HttpContext;
};
const read = (body: object) => parseNativeChatRequest(contextOf(JSON.stringify(body)), 'sync');

test('a prompt is one message of the user, and null is as good as nothing', async () => {
  const {
    chat: call,
    provider,
    model,
  } = await read({
    prompt: 'Hi',
    provider: null,
    model: null,
    stop: [],
    maxTokens: null,
  });
  expect(call).toEqual({ messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] });
  expect([provider, model]).toEqual([undefined, undefined]);
});

test('a conversation of 10,000 messages is taken, a longer one is not', async () => {
  const messages = Array.from({ length: 10_000 }, () => ({ role: 'user', content: 'a' }));
  expect((await read({ messages })).chat.messages).toHaveLength(10_000);
  await expect(read({ messages: [...messages, messages[0]] })).rejects.toThrow(
    'messages: must be a list of 1 to 10000',
  );
  await expect(read({ messages: [] })).rejects.toThrow('messages: must be a list of 1 to 10000');
});

// A report on each of five million entries would take over 2 GB; an isolate has 128 MB.
test.each(['messages', 'stop'])('a body full of wrong %s is refused without a look at each of them', async (field) => {
  const prompt = field === 'stop' ? '"prompt":"a",' : '';
  const body = `{${prompt}"${field}":[${'0,'.repeat(1_900_000)}0]}`;
  await expect(parseNativeChatRequest(contextOf(body), 'sync')).rejects.toThrow(`${field}: must be `);
});
