/** Validates what a translated Responses request gets against the schemas of Open Responses, where their document is there. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { encodeOpenAiResponse } from '../../../src/protocols/openai/encode-openai-response.ts';
import { OpenAiResponseStreamEncoder } from '../../../src/protocols/openai/encode-openai-response-stream.ts';
import { responseCases, toStreamEvents } from '../../unit/protocols/openai/response-cases.ts';
import { createHead } from '../../unit/protocols/openai/response-head.ts';
import { areSchemasThere, openSchemas, readEvents } from './open-schemas.ts';

const body = {
  instructions: 'Be brief.',
  tools: [{ type: 'function', name: 'f' }],
  tool_choice: { type: 'function', name: 'f' },
  text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } },
  reasoning: { effort: 'low' },
  max_output_tokens: 100,
  metadata: { k: 'v' },
};
const bodies = [{}, body];
/** Custom tools are OpenAI's. */
const cases = responseCases.filter(({ name }) => name !== 'a custom tool');

describe.skipIf(!areSchemasThere)('Open Responses', () => {
  const { validate, findFaults } = openSchemas();

  it.each(cases)('is what a reply of $name is, whole and streamed', ({ name, ...reply }) => {
    for (const fields of bodies) {
      const response = encodeOpenAiResponse({ usage: {}, refusal: undefined, ...reply }, createHead(fields));
      expect(validate('ResponseResource', response)).toEqual([]);
      const encoder = new OpenAiResponseStreamEncoder(createHead(fields));
      const events = toStreamEvents({ name, ...reply }).map((event) => encoder.encode(event));
      expect(findFaults(readEvents(encoder.start() + events.join('')))).toEqual([]);
    }
  });

  it('is what a stream that fails is', () => {
    const encoder = new OpenAiResponseStreamEncoder(createHead());
    const text = encoder.start() + encoder.encode({ type: 'text', text: 'Hel' });
    expect(findFaults(readEvents(text + encoder.fail(new GatewayError('provider_error'))))).toEqual([]);
  });

  it('notices a response that lacks a field, and an event that is not known', () => {
    const { status: _, ...response } = encodeOpenAiResponse(
      { content: [], refusal: undefined, finishReason: 'stop', usage: {} },
      createHead(),
    );
    expect(validate('ResponseResource', response)).not.toEqual([]);
    expect(findFaults([{ type: 'response.unknown' }])).not.toEqual([]);
  });
});
