import { describe, expect, it } from 'vitest';
import {
  encodeRequestBody,
  parseClientMessage,
  parseResponseCreate,
  parseStreamId,
} from '../../../../../src/protocols/openai/websocket/parse-response-create.ts';

const parse = async (text: string) => parseResponseCreate(await parseClientMessage(text));
const previous = '{"role":"user","content":"before"},{"type":"message"}';

describe('a message', () => {
  it('becomes the body of a streamed request, number by number', async () => {
    const tools = '[{"parameters":{"minimum":9007199254740993}}]';
    const create = await parse(
      `{"type":"response.create", "model":"m","stream":false,"tools":${tools} ,"input":"Hi","stream_id":"a","generate":true}`,
    );
    expect(encodeRequestBody(create, undefined)).toBe(`{"model":"m","tools":${tools},"input":"Hi","stream":true}`);
  });

  it.each([
    ['a text', '"Hi \\"you\\""', `[${previous},{"role":"user","content":"Hi \\"you\\""}]`],
    ['a list', '[ {"id":1.0} ]', `[${previous},{"id":1.0}]`],
    ['an empty list', '[ ]', `[${previous}]`],
    ['null', 'null', `[${previous}]`],
  ])('has the items that it continues before its input: %s', async (_, input, expected) => {
    const create = await parse(`{"type":"response.create","previous_response_id":"resp_1","input":${input}}`);
    expect(create.previousResponseId).toBe('resp_1');
    expect(encodeRequestBody(create, previous)).toBe(`{"input":${expected},"stream":true}`);
  });

  it('keeps the id of a response that this connection does not have', async () => {
    const create = await parse('{"type":"response.create","previous_response_id":"resp_1","input":"Hi"}');
    expect(JSON.parse(encodeRequestBody(create, undefined))).toMatchObject({ previous_response_id: 'resp_1' });
  });

  it('with an input of a wrong type is left to the route', async () => {
    const create = await parse('{"type":"response.create","previous_response_id":"resp_1","input":7}');
    expect(JSON.parse(encodeRequestBody(create, previous))).toMatchObject({ input: 7 });
  });

  it.each([
    ['[]', 'The message is not a JSON object.', undefined],
    ['{"type":', 'The message is not valid JSON at line 1, column 9: ', undefined],
    ['{"type":"response.steer"}', 'type: must be response.create', 'type'],
    ['{"type":"response.create","type":"x"}', 'type: is in the body more than once: send it once', 'type'],
    ['{"type":"response.create","Input":"x"}', 'Input: must be written "input"', 'Input'],
    ['{"type":"response.create","background":true}', 'background: cannot be sent over a WebSocket', 'background'],
    ['{"type":"response.create","generate":1}', 'generate: must be true or false', 'generate'],
    ['{"type":"response.create","previous_response_id":1}', 'previous_response_id: must be', 'previous_response_id'],
  ])('is refused: %s', async (text, message, param) => {
    await expect(parse(text)).rejects.toMatchObject({
      code: 'invalid_request',
      param,
      message: expect.stringContaining(message),
    });
  });

  it('is refused if it is nested too deeply or too large', async () => {
    await expect(parse(`{"input":${'['.repeat(300)}`)).rejects.toMatchObject({ code: 'invalid_request' });
    const large = { code: 'payload_too_large', message: 'The message is larger than 10 MiB.' };
    await expect(parse('x'.repeat(10 * 1024 * 1024 + 1))).rejects.toMatchObject(large);
    await expect(parse('€'.repeat(5 * 1024 * 1024))).rejects.toMatchObject(large);
  });
});

describe('stream_id', () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    ['a.B-c_9', 'a.B-c_9'],
  ])('%s is %s', (stream_id, expected) => {
    expect(parseStreamId({ text: '', fields: { stream_id } })).toBe(expected);
  });

  it.each(['', 'a b', 'x'.repeat(257), 7])('%s is refused with the code of OpenAI', (stream_id) => {
    const refused = expect.objectContaining({ reason: 'invalid_stream_id', param: 'stream_id' });
    expect(() => parseStreamId({ text: '', fields: { stream_id } })).toThrow(refused);
  });
});
