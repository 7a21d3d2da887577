import { expect, it } from 'vitest';
import type { Message } from '../../../../src/domain/request.ts';
import { mapToolCallIds } from '../../../../src/gateway/continuity/map-tool-call-ids.ts';

const call = (id: string): Message => ({
  role: 'assistant',
  content: [{ type: 'tool_call', id, name: 'look', argumentsJson: '{}' }],
});
const result = (toolCallId: string): Message => ({ role: 'tool', toolCallId, content: [] });

async function mappedIds(...messages: Message[]): Promise<unknown[]> {
  const mapped = await mapToolCallIds(messages);
  return mapped.map((message) => {
    if (message.role === 'tool') return message.toolCallId;
    const [part] = message.content;
    return part?.type === 'tool_call' ? part.id : undefined;
  });
}

it('keeps a conversation whose ids every vendor takes', async () => {
  const messages = [call('call_1'), result('call_1'), call('toolu_2'), result('toolu_2')];
  expect(await mapToolCallIds(messages)).toBe(messages);
});

it.each(['functions.get_weather:0', 'x'.repeat(41), 'é'])('replaces %s alike in call and result', async (id) => {
  const [mappedCall, mappedResult] = await mappedIds(call(id), result(id));
  expect(mappedCall).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
  expect(mappedResult).toBe(mappedCall);
  expect(await mappedIds(call(id), result(id), call('b'))).toEqual([mappedCall, mappedCall, 'b']);
});

it('tells a later call of the same id from the first one', async () => {
  const ids = await mappedIds(call('call_0'), result('call_0'), call('call_0'), result('call_0'));
  expect(ids[0]).toBe('call_0');
  expect(ids[1]).toBe('call_0');
  expect(ids[2]).not.toBe('call_0');
  expect(ids[3]).toBe(ids[2]);
});
