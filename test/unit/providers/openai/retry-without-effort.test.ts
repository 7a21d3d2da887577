import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { retryWithoutEffort } from '../../../../src/providers/openai/retry-without-effort.ts';

const body = { model: 'llama', reasoning_effort: 'high' };

/** Sends a body to a vendor that refuses what it is given first. */
async function send(message: string | undefined, translation: TranslationReport | undefined, sentBody: object = body) {
  const sent: unknown[] = [];
  const refusals = message === undefined ? [] : [new GatewayError('invalid_request', message)];
  const response = await retryWithoutEffort({ ...sentBody }, { translation }, async (one) => {
    sent.push(JSON.parse(JSON.stringify(one)));
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    return new Response('{}');
  }).catch((error: unknown) => error);
  return { sent, response };
}

describe('an effort that the vendor refuses', () => {
  it.each([
    'acme: Unrecognized request argument supplied: reasoning_effort',
    'Groq: `reasoning_effort` is not supported with this model',
    'Model grok-4 does not support parameter reasoningEffort.',
  ])('is left out and reported: %s', async (message) => {
    const translation = new TranslationReport();
    const { sent, response } = await send(message, translation);
    expect(sent).toEqual([body, { model: 'llama' }]);
    expect(response).toBeInstanceOf(Response);
    expect(translation.adjusted).toEqual([['reasoning_effort']]);
  });

  it('stays an error of a strict request', async () => {
    const { sent, response } = await send('Unsupported: reasoning_effort', undefined);
    expect(sent).toEqual([body]);
    expect(response).toBeInstanceOf(GatewayError);
  });
});

it('does not repeat a request that is refused for another reason, or has no effort', async () => {
  const translation = new TranslationReport();
  expect((await send('max_tokens is too large', translation)).sent).toHaveLength(1);
  expect((await send('Unsupported: reasoning_effort', translation, { model: 'llama' })).sent).toHaveLength(1);
  expect((await send(undefined, translation)).sent).toEqual([body]);
  expect(translation.adjusted).toEqual([]);
});
