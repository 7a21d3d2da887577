import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { dropFields } from '../../../../src/protocols/field-policy.ts';
import { geminiPolicy } from '../../../../src/protocols/gemini/gemini-field-policy.ts';
import { encodeGeminiThoughtSignature } from '../../../../src/protocols/gemini/gemini-thought-signature.ts';
import { parseGeminiRequest } from '../../../../src/protocols/gemini/parse-gemini-request.ts';
import { normalizeGeminiBody } from '../../../../src/protocols/gemini/read-gemini-request.ts';
import type { WireProtocol } from '../../../../src/providers/descriptor.ts';

const hello = [{ role: 'user', parts: [{ text: 'Hi' }] }];

/** Parses a body as a route does, and returns what it dropped and adjusted too. */
function parse(body: Readonly<Record<string, unknown>>, protocol: WireProtocol = 'anthropic') {
  const report = new TranslationReport();
  const fields = dropFields(normalizeGeminiBody(body, geminiPolicy), geminiPolicy, { protocol }, report);
  return { ...parseGeminiRequest(fields, report), report };
}

function messagesOf(contents: unknown) {
  return parse({ contents }).chat.messages;
}

function problemOf(body: Readonly<Record<string, unknown>>): string {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_request') return error.message;
    throw error;
  }
  throw new Error('Nothing was rejected.');
}

describe('the conversation', () => {
  it('has the system instruction, texts, images and PDFs', () => {
    const body = {
      systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'What is this?' },
            { inlineData: { mimeType: 'image/jpg', data: '_-8=' } },
            { inlineData: { mimeType: 'application/pdf', data: 'AAAA', displayName: 'a.pdf' } },
            { inlineData: { mimeType: 'text/csv; charset=utf-8', data: btoa('a,b') } },
            { fileData: { mimeType: 'image/png', fileUri: 'https://pictures.test/1.png' } },
          ],
        },
        { role: 'model', parts: [{ text: 'A cat.' }] },
        { parts: [{ text: 'Sure?' }] },
      ],
    };
    expect(parse(body).chat.messages).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'Be brief.\n\nBe kind.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', mediaType: 'image/jpeg', data: '/+8=' } },
          { type: 'document', mediaType: 'application/pdf', data: 'AAAA', fileName: 'a.pdf' },
          { type: 'text', text: 'a,b' },
          { type: 'image', source: { type: 'url', url: 'https://pictures.test/1.png' } },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'A cat.' }] },
      { role: 'user', content: [{ type: 'text', text: 'Sure?' }] },
    ]);
  });

  it.each([
    ['a text', 'Hi'],
    ['one content', { role: 'user', parts: [{ text: 'Hi' }] }],
    ['one part', [{ role: 'user', parts: { text: 'Hi' } }]],
  ])('takes %s in the place of a list', (_, contents) => {
    expect(messagesOf(contents)).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]);
  });

  it.each([['Be brief.'], [['Be brief.']], [{ parts: { text: 'Be brief.' } }]])(
    'takes %j as system instruction',
    (systemInstruction) => {
      expect(parse({ contents: hello, systemInstruction }).chat.messages[0]).toEqual({
        role: 'system',
        content: [{ type: 'text', text: 'Be brief.' }],
      });
    },
  );

  it('pairs calls and responses without ids by their names and order', () => {
    const call = (name: string, city: string) => ({ functionCall: { name, args: { city } } });
    const response = (name: string, output: unknown) => ({ functionResponse: { name, response: { output } } });
    const messages = messagesOf([
      ...hello,
      { role: 'model', parts: [call('look', 'Oslo'), call('go', 'Rome'), call('look', 'Bern')] },
      { role: 'function', parts: [response('go', { ok: true }), response('look', 'rain'), response('look', 'snow')] },
      { role: 'model', parts: [call('look', 'Bonn')] },
      { role: 'user', parts: [response('look', 'fog'), { text: 'Well?' }] },
    ]);
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_call', id: 'call_1', name: 'look', argumentsJson: '{"city":"Oslo"}' },
          { type: 'tool_call', id: 'call_2', name: 'go', argumentsJson: '{"city":"Rome"}' },
          { type: 'tool_call', id: 'call_3', name: 'look', argumentsJson: '{"city":"Bern"}' },
        ],
      },
      { role: 'tool', toolCallId: 'call_2', content: [{ type: 'text', text: '{"ok":true}' }] },
      { role: 'tool', toolCallId: 'call_1', content: [{ type: 'text', text: 'rain' }] },
      { role: 'tool', toolCallId: 'call_3', content: [{ type: 'text', text: 'snow' }] },
      {
        role: 'assistant',
        content: [{ type: 'tool_call', id: 'call_4', name: 'look', argumentsJson: '{"city":"Bonn"}' }],
      },
      { role: 'tool', toolCallId: 'call_4', content: [{ type: 'text', text: 'fog' }] },
      { role: 'user', content: [{ type: 'text', text: 'Well?' }] },
    ]);
  });

  it('keeps the ids of a client, errors and images of a response', () => {
    const messages = messagesOf([
      ...hello,
      {
        role: 'model',
        parts: [{ functionCall: { id: 'a', name: 'look' } }, { functionCall: { id: 'b', name: 'look' } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'b', name: 'look', response: { error: 'gone' } } },
          {
            functionResponse: {
              id: 'a',
              name: 'look',
              response: { output: 'seen', at: 1 },
              parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
            },
          },
        ],
      },
    ]);
    expect(messages.slice(2)).toEqual([
      { role: 'tool', toolCallId: 'b', content: [{ type: 'text', text: 'gone' }], isError: true },
      {
        role: 'tool',
        toolCallId: 'a',
        content: [
          { type: 'text', text: '{"output":"seen","at":1}' },
          { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } },
        ],
      },
    ]);
  });

  it('joins the contents that a client has kept of each chunk, with their signatures', () => {
    const [one, two] = ['aia1.QQ', 'aia1.Qg'];
    const messages = messagesOf([
      ...hello,
      { role: 'model', parts: [{ text: 'I think', thought: true }] },
      { role: 'model', parts: [{ text: 'Hel', thoughtSignature: encodeGeminiThoughtSignature(one) }] },
      { role: 'model', parts: [{ text: 'lo' }] },
      {
        role: 'model',
        parts: [{ functionCall: { name: 'look' }, thoughtSignature: encodeGeminiThoughtSignature(two) }],
      },
      { role: 'model', parts: [{ text: '' }] },
    ]);
    expect(messages[1]).toEqual({
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'I think', opaque: undefined },
        { type: 'reasoning', text: '', opaque: one },
        { type: 'text', text: 'Hello' },
        { type: 'tool_call', id: 'call_1', name: 'look', argumentsJson: '{}', opaque: two },
      ],
    });
  });

  it("drops and reports other vendors' signatures, and what Google has run", () => {
    const { chat, report } = parse({
      contents: [
        ...hello,
        {
          role: 'model',
          parts: [
            { text: 'a', thoughtSignature: 'skip_thought_signature_validator' },
            { executableCode: { language: 'PYTHON', code: '1' } },
            { codeExecutionResult: { outcome: 'OUTCOME_OK' } },
          ],
        },
        { role: 'user', parts: [{ text: 'b', partMetadata: {}, unknown: 1 }] },
      ],
    });
    expect(chat.messages[1]).toEqual({ role: 'assistant', content: [{ type: 'text', text: 'a' }] });
    expect(report.dropped.map((path) => path.join('.'))).toEqual([
      'contents.1.parts.0.thoughtSignature',
      'contents.1.parts.1.executableCode',
      'contents.1.parts.2.codeExecutionResult',
      'contents.2.parts.0.partMetadata',
      'contents.2.parts.0.unknown',
    ]);
  });

  it.each([
    [
      'audio',
      { inlineData: { mimeType: 'audio/mp3', data: 'AAAA' } },
      /^contents\[0\]\.parts\[0\]\.inlineData\.mimeType: is "audio\/mp3"/,
    ],
    [
      'video',
      { inlineData: { mimeType: 'video/mp4', data: 'AAAA' } },
      /^contents\[0\]\.parts\[0\]\.inlineData\.mimeType/,
    ],
    [
      'a file in the account of Google',
      { fileData: { mimeType: 'image/png', fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a' } },
      /^contents\[0\]\.parts\[0\]\.fileData: can only be an image at a public URL/,
    ],
    [
      'a PDF by URL',
      { fileData: { mimeType: 'application/pdf', fileUri: 'https://a.test/a.pdf' } },
      /\.fileData: can only be/,
    ],
    [
      'a call of the user',
      { functionCall: { name: 'f' } },
      /^contents\[0\]\.parts\[0\]\.functionCall: must be in a content/,
    ],
    [
      'an answer to no call',
      { functionResponse: { name: 'f' } },
      /^contents\[0\]\.parts\[0\]\.functionResponse: answers no/,
    ],
    ['a text that is none', { text: 1 }, /^contents\[0\]\.parts\[0\]\.text: /],
  ])('rejects %s', (_, part, message) => {
    expect(problemOf({ contents: [{ role: 'user', parts: [part] }] })).toMatch(message);
  });

  it.each([
    ['no contents', {}, /^contents: /],
    ['no text', { contents: [{ parts: [] }] }, /^contents: must hold text/],
    [
      'an unknown role',
      { contents: [{ role: 'system', parts: [{ text: 'a' }] }] },
      /^contents\[0\]\.role: must be user or model/,
    ],
    [
      'both names of a field',
      { contents: hello, toolConfig: {}, tool_config: {} },
      /^tool_config: is sent as toolConfig too/,
    ],
    ['a cache', { contents: hello, cachedContent: 'cachedContents/a' }, /^cachedContent: is a cache/],
  ])('rejects %s', (_, body, message) => {
    expect(problemOf(body)).toMatch(message);
  });
});

describe('the functions', () => {
  const declare = (...names: string[]) => [
    { functionDeclarations: names.map((name) => ({ name, parameters: { type: 'OBJECT', properties: {} } })) },
  ];
  const choose = (config: object, tools: unknown = declare('a', 'b', 'c')) =>
    parse({ contents: hello, tools, toolConfig: { functionCallingConfig: config } });

  it('have JSON Schema', () => {
    const functionDeclarations = [
      { name: 'a', description: 'A.', parameters: { type: 'OBJECT', properties: { x: { type: 'STRING' } } } },
      {
        name: 'b',
        parametersJsonSchema: { type: 'object', additionalProperties: false },
        response: { type: 'STRING' },
      },
      { name: 'c' },
    ];
    const { chat, report } = parse({ contents: hello, tools: [{ googleSearch: {} }, { functionDeclarations }] });
    expect(chat.tools).toEqual([
      { name: 'a', description: 'A.', parameters: { type: 'object', properties: { x: { type: 'string' } } } },
      { name: 'b', parameters: { type: 'object', additionalProperties: false } },
      { name: 'c', parameters: { type: 'object', properties: {} } },
    ]);
    expect(report.dropped).toEqual([
      ['tools', 0, 'googleSearch'],
      ['tools', 1, 'functionDeclarations', 1, 'response'],
    ]);
  });

  it.each([
    [{ mode: 'AUTO' }, undefined],
    [{ mode: 'auto' }, undefined],
    [{ mode: 'NONE' }, 'none'],
    [{ mode: 'ANY' }, 'required'],
    [{ mode: 'ANY', allowedFunctionNames: ['b'] }, { name: 'b' }],
    [{ mode: 'ANY', allowedFunctionNames: ['b', 'c'] }, 'required'],
    [{ mode: 'VALIDATED' }, undefined],
  ])('are called as %j says', (config, toolChoice) => {
    expect(choose(config).chat.toolChoice).toEqual(toolChoice);
  });

  it('are those that are allowed, at their own paths', () => {
    const { chat, report, paths } = choose({ mode: 'ANY', allowedFunctionNames: ['c', 'b'] });
    expect(chat.tools?.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(paths.tools).toEqual([
      ['tools', 0, 'functionDeclarations', 1],
      ['tools', 0, 'functionDeclarations', 2],
    ]);
    expect(report.adjusted).toEqual([['toolConfig', 'functionCallingConfig', 'allowedFunctionNames']]);
  });

  it('reports that a call is not validated', () => {
    expect(choose({ mode: 'VALIDATED' }).report.adjusted).toEqual([['toolConfig', 'functionCallingConfig', 'mode']]);
  });

  it.each([
    ['an unknown mode', { mode: 'SOME' }, declare('a'), /functionCallingConfig\.mode: must be AUTO/],
    [
      'an unknown name',
      { mode: 'ANY', allowedFunctionNames: ['x'] },
      declare('a'),
      /allowedFunctionNames\[0\]: must be the name/,
    ],
    ['a forced call without functions', { mode: 'ANY' }, [{ googleSearch: {} }], /mode: can only be ANY where/],
  ])('reject %s', (_, functionCallingConfig, tools, message) => {
    expect(problemOf({ contents: hello, tools, toolConfig: { functionCallingConfig } })).toMatch(message);
  });
});

describe('the generation config', () => {
  const parseConfig = (generationConfig: object, protocol?: WireProtocol) =>
    parse({ contents: hello, generationConfig }, protocol);

  it('bounds and shapes the reply', () => {
    const config = {
      max_output_tokens: 5,
      temperature: 0.5,
      topP: 0.9,
      top_k: 40.2,
      stopSequences: ['END', ''],
      seed: 7,
      presencePenalty: 0.1,
      frequency_penalty: 0.2,
      candidateCount: 1,
      responseLogprobs: false,
      responseModalities: ['TEXT'],
    };
    expect(parseConfig(config, 'ollama').chat).toEqual({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      maxTokens: 5,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stop: ['END'],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
    });
  });

  it.each([
    [{ thinkingBudget: 0 }, 'none'],
    [{ thinkingBudget: -1 }, undefined],
    [{ thinkingBudget: 1024 }, 'low'],
    [{ thinkingBudget: 8192 }, 'medium'],
    [{ thinkingBudget: 24_576 }, 'high'],
    [{ thinkingLevel: 'HIGH', thinkingBudget: 0 }, 'high'],
    [{ thinking_level: 'minimal' }, 'minimal'],
    [{ thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED' }, undefined],
  ])('reads %j as an effort', (thinkingConfig, effort) => {
    expect(parseConfig({ thinkingConfig }).chat.reasoningEffort).toBe(effort);
  });

  it.each([
    [{ responseMimeType: 'text/plain' }, undefined],
    [{ responseMimeType: 'application/json' }, { type: 'json_object' }],
    [
      {
        responseMimeType: 'application/json',
        responseSchema: { type: 'OBJECT', properties: { a: { type: 'INTEGER' } } },
      },
      {
        type: 'json_schema',
        name: 'response',
        schema: { type: 'object', properties: { a: { type: 'integer' } } },
        strict: true,
      },
    ],
    [
      { responseJsonSchema: { type: 'object' } },
      { type: 'json_schema', name: 'response', schema: { type: 'object' }, strict: true },
    ],
  ])('reads %j as the form of the reply', (config, responseFormat) => {
    expect(parseConfig(config).chat.responseFormat).toEqual(responseFormat);
  });

  it.each([
    [{ candidateCount: 2 }, /^generationConfig\.candidateCount: can only be 1/],
    [{ responseLogprobs: true }, /^generationConfig\.responseLogprobs: can only be false/],
    [{ responseModalities: ['TEXT', 'AUDIO'] }, /^generationConfig\.responseModalities\[1\]: can only be TEXT/],
    [{ responseMimeType: 'text/x.enum' }, /^generationConfig\.responseMimeType: must be text\/plain or/],
    [{ maxOutputTokens: 0 }, /^generationConfig\.maxOutputTokens: /],
    [{ temperature: 3 }, /^generationConfig\.temperature: /],
  ])('rejects %j', (generationConfig, message) => {
    expect(problemOf({ contents: hello, generationConfig })).toMatch(message);
  });

  it('drops and reports what only Google has', () => {
    const body = {
      contents: hello,
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      labels: { team: 'a' },
      generationConfig: { speechConfig: {}, media_resolution: 'LOW', seed: 1, someday: true },
    };
    expect(parse(body).report.dropped.map((path) => path.join('.'))).toEqual([
      'safetySettings',
      'labels',
      'generationConfig.speechConfig',
      'generationConfig.mediaResolution',
      'generationConfig.seed',
      'generationConfig.someday',
    ]);
  });
});
