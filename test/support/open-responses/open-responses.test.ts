/** Validates what a translated Responses request gets against the schemas of Open Responses, where their document is there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import { encodeOpenAiResponse } from '../../../src/protocols/openai/encode-openai-response.ts';
import { OpenAiResponseStreamEncoder } from '../../../src/protocols/openai/encode-openai-response-stream.ts';
import { responseCases, toStreamEvents } from '../../unit/protocols/openai/response-cases.ts';
import { createHead } from '../../unit/protocols/openai/response-head.ts';

const file = fileURLToPath(new URL('../../../../shared/open-responses/openapi.json', import.meta.url).href);
const isThere = existsSync(file);
if (!isThere) console.warn(`SKIPPED: ${file} is not there, so no response is validated against Open Responses.`);

interface Document {
  components: { schemas: Record<string, { properties?: Record<string, { enum?: string[]; anyOf?: object[] }> }> };
}

/** Returns a function that lists what is wrong with a value by the schema of a name. */
function openSchemas() {
  const document: Document = JSON.parse(readFileSync(file, 'utf8'));
  const { schemas } = document.components;
  // The document has lost the schema's own type here: by it a schema could only be null.
  schemas.JsonSchemaResponseFormat?.properties?.schema?.anyOf?.push({ type: 'object' });
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false });
  ajv.addSchema(document, 'open-responses');
  const names = new Map(
    Object.entries(schemas).flatMap(([name, { properties }]) =>
      name.endsWith('StreamingEvent') ? (properties?.type?.enum ?? []).map((type) => [type, name] as const) : [],
    ),
  );
  const validate = (name: string, value: unknown): unknown[] => {
    const validator = ajv.getSchema(`open-responses#/components/schemas/${name}`);
    return validator?.(value) ? [] : (validator?.errors ?? [`no schema ${name}`]);
  };
  return { names, validate };
}

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

describe.skipIf(!isThere)('Open Responses', () => {
  const { names, validate } = isThere ? openSchemas() : { names: new Map<string, string>(), validate: () => [] };
  const parseEvents = (text: string) =>
    [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']): { type: string } => JSON.parse(data));
  const findFaults = (text: string) =>
    parseEvents(text).flatMap((event) => validate(names.get(event.type) ?? event.type, event));

  it.each(cases)('is what a reply of $name is, whole and streamed', ({ name, ...reply }) => {
    for (const fields of bodies) {
      const response = encodeOpenAiResponse({ usage: {}, refusal: undefined, ...reply }, createHead(fields));
      expect(validate('ResponseResource', response)).toEqual([]);
      const encoder = new OpenAiResponseStreamEncoder(createHead(fields));
      const events = toStreamEvents({ name, ...reply }).map((event) => encoder.encode(event));
      expect(findFaults(encoder.start() + events.join(''))).toEqual([]);
    }
  });

  it('is what a stream that fails is', () => {
    const encoder = new OpenAiResponseStreamEncoder(createHead());
    const text = encoder.start() + encoder.encode({ type: 'text', text: 'Hel' });
    expect(findFaults(text + encoder.fail(new GatewayError('provider_error')))).toEqual([]);
  });

  it('notices a response that lacks a field, and an event that is not known', () => {
    const { status: _, ...response } = encodeOpenAiResponse(
      { content: [], refusal: undefined, finishReason: 'stop', usage: {} },
      createHead(),
    );
    expect(validate('ResponseResource', response)).not.toEqual([]);
    expect(findFaults('data: {"type":"response.unknown"}\n')).not.toEqual([]);
  });
});
