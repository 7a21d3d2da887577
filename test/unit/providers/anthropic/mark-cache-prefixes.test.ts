import { describe, expect, it } from 'vitest';
import { markCachePrefixes } from '../../../../src/providers/anthropic/mark-cache-prefixes.ts';

const mark = { cache_control: { type: 'ephemeral' } };

function markText(text: string): string {
  return markCachePrefixes(text, JSON.parse(text));
}

function markBody(body: object): unknown {
  return JSON.parse(markText(JSON.stringify(body)));
}

const text = (words: string) => ({ type: 'text', text: words });

describe('markCachePrefixes', () => {
  it('marks the last tool, the end of the system prompt and the last two user turns', () => {
    const body = {
      model: 'claude-haiku-4-5',
      system: [text('a'), text('b')],
      tools: [{ name: 'one' }, { name: 'two' }],
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'reply' },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }, text('second')] },
        { role: 'assistant', content: [text('reply')] },
        { role: 'user', content: 'third' },
      ],
    };
    const [first, reply, second, otherReply] = body.messages;
    expect(markBody(body)).toEqual({
      ...body,
      system: [text('a'), { ...text('b'), ...mark }],
      tools: [{ name: 'one' }, { name: 'two', ...mark }],
      messages: [
        first,
        reply,
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'x' },
            { ...text('second'), ...mark },
          ],
        },
        otherReply,
        { role: 'user', content: [{ ...text('third'), ...mark }] },
      ],
    });
    expect(second?.role).toBe('user');
  });

  it('keeps every other byte, such as spaces, escapes and numbers', () => {
    const body = '{ "messages" : [ { "content" : "\\u0041 [", "role":"user" } ], "system":"s\\/", "max_tokens": 1e2 }';
    expect(markText(body)).toBe(
      '{ "messages" : [ { "content" : [{"type":"text","text":"\\u0041 [","cache_control":{"type":"ephemeral"}}], "role":"user" } ], "system":[{"type":"text","text":"s\\/","cache_control":{"type":"ephemeral"}}], "max_tokens": 1e2 }',
    );
  });

  it.each([
    { cache_control: { type: 'ephemeral' }, messages: [{ role: 'user', content: 'Hi' }] },
    { messages: [{ role: 'user', content: [{ ...text('Hi'), cache_control: { type: 'ephemeral', ttl: '1h' } }] }] },
    { tools: [{ name: 'a', cache_control: null }], messages: [{ role: 'user', content: 'Hi' }] },
  ])('leaves a body as it is in which the client has marked a prefix: %j', (body) => {
    const sent = JSON.stringify(body, null, 1);
    expect(markText(sent)).toBe(sent);
  });

  it('finds a mark that is written with escapes', () => {
    const sent = '{"cache\\u005fcontrol":{"type":"ephemeral"},"messages":[{"role":"user","content":"Hi"}]}';
    expect(markText(sent)).toBe(sent);
  });

  it('marks no block that cannot be cached', () => {
    const body = {
      system: ' ',
      tools: [{ name: 'now' }, { name: 'later', defer_loading: true }],
      messages: [
        { role: 'user', content: [text('a'), text(' '), { type: 'other' }] },
        { role: 'user', content: [text('')] },
      ],
    };
    expect(markBody(body)).toEqual({
      ...body,
      tools: [{ name: 'now', ...mark }, body.tools[1]],
      messages: [
        { role: 'user', content: [{ ...text('a'), ...mark }, text(' '), { type: 'other' }] },
        body.messages[1],
      ],
    });
  });

  it.each([
    {},
    { messages: 5, tools: {}, system: 7 },
    { messages: [null, 'x', { role: 'user' }, { role: 'user', content: [null] }] },
  ])('leaves what is no prompt as it is: %j', (body) => {
    expect(markBody(body)).toEqual(body);
  });
});
