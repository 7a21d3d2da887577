import { describe, expect, it } from 'vitest';
import { unambiguousFields } from '../../../src/lib/ambiguous-fields.ts';
import { parseJsonBytes } from '../../../src/lib/parse-json-bytes.ts';

const fields = unambiguousFields(['model', 'maxTokens', 'stream', 'service_tier']);
const parse = (text: string) => parseJsonBytes(new TextEncoder().encode(text), { fields });

async function refusal(text: string): Promise<string> {
  return await parse(text).then(
    () => 'accepted',
    (error: Error) => error.message,
  );
}

describe('a field that is checked', () => {
  it.each([
    ['{"model":"a","model":"b"}', 'model: is in the body more than once: send it once.'],
    ['{"x":1,"stream":true,"x":2,"stream":true}', 'stream: is in the body more than once: send it once.'],
    ['{"model":"a","mod\\u0065l":"b"}', 'model: is in the body more than once: send it once.'],
    ['{"Model":"b"}', 'Model: must be written "model".'],
    ['{"maxtokens":1}', 'maxtokens: must be written "maxTokens".'],
    ['{"model":"a","MODE\\u004c":"b"}', 'MODEL: must be written "model".'],
    ['{"ſtream":true}', '["ſtream"]: must be written "stream".'],
    ['{"maxTo\u212aens":1}', '["maxTo\u212aens"]: must be written "maxTokens".'],
  ])('is refused where a server may read another one: %s', async (text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  it.each([
    '{"model":"a","maxTokens":1,"stream":false}',
    '{"x":1,"x":2,"model":"a"}',
    '{"model":"a","messages":[{"model":"b","model":"c"}],"y":{"Model":1}}',
    '{"model":"a","x":"model","y":"\\"model\\":"}',
    '{"__proto__":1,"model":"a"}',
    '["model","model"]',
    'null',
  ])('may stand beside anything else: %s', async (text) => {
    expect((await parse(text)).value).toEqual(JSON.parse(text));
  });
});

it.each([
  [`${'['.repeat(201)}${']'.repeat(201)}`, 'The body is nested more than 200 levels deep. Make it flatter.'],
  [
    `[${'"",'.repeat(200_000)}""]`,
    'The body has more than 200000 values, integers aside. Split it into several requests.',
  ],
  [
    `[${Array.from({ length: 60_000 }, (_, index) => `{"name ${index}":1}`).join()}]`,
    'The body has more than 50000 different property names. Use lists instead.',
  ],
  ['{"model":', 'The body is not valid JSON at line 1, column 10: the text ends where a value is expected.'],
])('a body over a limit is refused by name', async (text, message) => {
  expect(await refusal(text)).toBe(message);
});

it.each([270_000, 1_000_000])('a body of %i bytes lets other work run between its parts', async (length) => {
  let turns = 0;
  let done = false;
  const others = (async () => {
    while (!done) {
      await scheduler.wait(0);
      turns += 1;
    }
  })();
  await parse(JSON.stringify({ text: 'x'.repeat(length) }));
  done = true;
  await others;
  expect(turns).toBeGreaterThanOrEqual(2);
});

it('many large bodies take turns with other work', async () => {
  let parsed = 0;
  let turns = 0;
  const body = JSON.stringify({ text: 'x'.repeat(1_000_000) });
  const bodies = Array.from({ length: 5 }, async () => {
    await parse(body);
    parsed += 1;
  });
  while (parsed < bodies.length) {
    await scheduler.wait(0);
    turns += 1;
  }
  await Promise.all(bodies);
  // Each of them has three parts.
  expect(turns).toBeGreaterThanOrEqual(10);
});
