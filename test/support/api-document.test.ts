import { expect, test } from 'vitest';
import { findReplyFaults } from './api-document.ts';

const headers = new Headers({
  'content-type': 'application/json',
  'x-request-id': 'req_1',
  'server-timing': 'auth;dur=1',
});
const reply = {
  content: 'Hi',
  finishReason: 'stop',
  tokensIn: 1,
  tokensOut: null,
  cost: 0,
  provider: 'stub',
  model: 'stub',
};
const route = 'POST /api/chat/completions';

const faultsOf = (body: object, { status = 200, more = {}, strict = false } = {}) =>
  findReplyFaults(
    route,
    {
      status,
      headers: new Headers([...headers, ...Object.entries(more)] as [string, string][]),
      text: JSON.stringify(body),
    },
    { strict },
  );

test('a reply that matches the document has no faults', () => {
  expect(faultsOf(reply, { strict: true, more: { ratelimit: '"requests";r=1;t=1' } })).toEqual([]);
});

test.each([
  ['a field is missing', faultsOf({ ...reply, cost: undefined }), /required/],
  ['a field is of another type', faultsOf({ ...reply, tokensIn: '1' }), /\/tokensIn must be/],
  ['a value is unknown', faultsOf({ ...reply, finishReason: 'done' }), /\/finishReason must be equal/],
  ['a field is undocumented', faultsOf({ ...reply, secret: 1 }, { strict: true }), /additional properties/],
  ['a header is undocumented', faultsOf(reply, { more: { 'retry-after': '1' } }), /retry-after is not spoken of/],
  [
    'a header is missing',
    findReplyFaults(route, { status: 401, headers: new Headers(), text: '{}' }),
    /x-request-id is missing/,
  ],
])('%s', (_, faults, expected) => {
  expect(faults.join('\n')).toMatch(expected);
});

test('the events of a stream are checked', () => {
  const stream = new Headers(headers);
  stream.set('content-type', 'text/event-stream; charset=utf-8');
  const text = 'data: {"type":"chunk","content":"Hi"}\n\ndata: {"type":"chunk"}\n\n';
  expect(findReplyFaults('POST /stream', { status: 200, headers: stream, text }).join()).toMatch(/content/);
});

test('an undocumented status is a fault', () => {
  expect(() => faultsOf(reply, { status: 418 })).toThrow('does not speak of');
});
