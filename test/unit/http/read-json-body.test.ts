import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { GatewayError } from '../../../src/domain/errors.ts';
import { parseJsonBody } from '../../../src/http/read-json-body.ts';

const schema = z.strictObject({
  prompt: z.string().nullish(),
  maxTokens: z.int().optional(),
  messages: z
    .custom<unknown[]>(Array.isArray, 'must be a list')
    .pipe(z.array(z.strictObject({ role: z.string(), content: z.string() })))
    .nullish(),
});

function parse(body: string | Uint8Array<ArrayBuffer>) {
  return parseJsonBody(new Response(body), schema);
}

/** What is said of a body that is refused. */
async function refusal(body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const thrown = await parse(body).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(GatewayError);
  expect((thrown as GatewayError).code).toBe('invalid_request');
  return (thrown as GatewayError).message;
}

test('a body that fits is what comes out, with a byte order mark and without', async () => {
  expect(await parse('{"prompt":"Привет","maxTokens":3}')).toEqual({ prompt: 'Привет', maxTokens: 3 });
  expect(await parse('\ufeff{"prompt":null}')).toEqual({ prompt: null });
});

test.each([
  ['', /empty/],
  ['{"prompt":', /not valid JSON at line 1, column 11: the text ends where a value is expected/],
  ["{'prompt':1}", /not valid JSON at line 1, column 2: use double quotes/],
  ['{"maxTokens":NaN}', /not valid JSON at line 1, column 14: expected a value/],
  [new Uint8Array([0x22, 0xff, 0x22]), /not valid UTF-8/],
  ['null', /^The body: .*object/],
  ['[]', /^The body: .*object/],
])('%j is refused as a whole', async (body, message) => {
  expect(await refusal(body)).toMatch(message);
});

describe('the field that is wrong is named', () => {
  test.each([
    ['{"prompt":5}', 'prompt: '],
    ['{"messages":5}', 'messages: must be a list.'],
    ['{"messages":[{"role":"user","content":"a"},{"role":1,"content":"b"}]}', 'messages[1].role: '],
  ])('%s', async (body, place) => {
    expect(await refusal(body)).toContain(place);
  });

  test('and said to be missing where it is', async () => {
    expect(await refusal('{"messages":[{"content":"a"}]}')).toBe('messages[0].role: is missing.');
  });

  test('and of many no more than five', async () => {
    const message = await refusal(JSON.stringify({ messages: Array.from({ length: 100 }, () => 0) }));
    expect(message.match(/messages\[/g)).toHaveLength(5);
  });
});

describe('an unknown field is answered with the nearest one that is known', () => {
  test.each([
    ['{"promt":"a"}', 'promt: is not a known field: did you mean "prompt"'],
    ['{"MAX_TOKENS":1}', 'MAX_TOKENS: is not a known field: did you mean "maxTokens"'],
    [
      '{"messages":[{"role":"a","contents":"b"}]}',
      'messages[0].contents: is not a known field: did you mean "content"',
    ],
    ['{"__proto__":{"prompt":"a"}}', '__proto__: is not a known field'],
    ['{"constructor":1}', 'constructor: is not a known field'],
  ])('%s', async (body, message) => {
    expect(await refusal(body)).toContain(message);
  });

  test.each(['{"stream":true}', '{"nme":"a"}', '{"max":1}', '{"p":1}'])('%s is near to none', async (body) => {
    expect(await refusal(body)).toMatch(/ is not a known field\.$/);
  });

  test('and neither a long name nor many of them make a long answer', async () => {
    expect((await refusal(JSON.stringify({ ['x'.repeat(100_000)]: 1 }))).length).toBeLessThan(200);
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 1]));
    expect((await refusal(JSON.stringify(many))).match(/is not a known field/g)).toHaveLength(5);
  });
});
