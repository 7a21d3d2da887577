import { expect, it } from 'vitest';
import { toKeptItems } from '../../../../../src/protocols/openai/websocket/to-kept-items.ts';

const message = '{"id":"msg_1","type":"message","content":[],"n":1.0}';
const reasoning = (fields: string) => `{"id":"rs_1","type":"reasoning","summary":[]${fields}}`;

it('keeps the items of an output, digit for digit', () => {
  expect(toKeptItems(` [ ${message} , ${message} ] `)).toEqual({ items: `${message},${message}`, itemCount: 2 });
  expect(toKeptItems('[]')).toEqual({ items: '', itemCount: 0 });
});

it.each([',"encrypted_content":"gAAA"', ',"content":[{"type":"reasoning_text","text":"Hm"}]'])(
  'keeps reasoning that has its content: %s',
  (fields) => {
    expect(toKeptItems(`[${reasoning(fields)},${message}]`)).toEqual({
      items: `${reasoning(fields)},${message}`,
      itemCount: 2,
    });
  },
);

it('leaves out reasoning without content, and the ids that refer to it', () => {
  const items = message.replace('"id":"msg_1",', '');
  expect(toKeptItems(`[${reasoning(',"encrypted_content":null')},${message}]`)).toEqual({ items, itemCount: 1 });
});
