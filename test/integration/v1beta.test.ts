import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, ledgerRows, post, send } from './gateway.ts';

interface Part {
  readonly text?: string;
  readonly thought?: boolean;
  readonly thoughtSignature?: string;
  readonly functionCall?: { readonly id: string; readonly name: string; readonly args: object };
}
interface Chunk {
  readonly candidates?: readonly {
    readonly content: { readonly parts: readonly Part[] };
    readonly finishReason?: string;
  }[];
  readonly usageMetadata?: { readonly promptTokenCount: number; readonly totalTokenCount: number };
  readonly error?: { readonly code: number; readonly status: string; readonly message: string };
}

const models = {
  stub: 'stub',
  claude: 'claude-haiku-4-5',
  openai: 'gpt-4o-mini',
  ollama: 'ollama/llama3.2',
} as const;
type ProviderName = keyof typeof models;
const providerNames = Object.keys(models) as ProviderName[];
const modes = ['whole', 'sse', 'array'] as const;
type Mode = (typeof modes)[number];
const cases = providerNames.flatMap((provider) => modes.map((mode) => [provider, mode] as const));

let key: string;
let tenantId: string;
beforeAll(async () => {
  ({ key, tenantId } = await createTenant());
});

const headers = (more: Record<string, string> = {}) => ({ 'x-goog-api-key': key, ...more });
const user = (...parts: readonly object[]) => ({ role: 'user', parts });
const say = (text: string) => [user({ text })];
/** What makes the provider do as a model that is asked this would do. */
const promptFor = (provider: ProviderName, text: string) => (provider === 'stub' ? text : `[[scenario:echo]] ${text}`);

async function request(mode: Mode, model: string, body: unknown, more: Record<string, string> = {}): Promise<Response> {
  const method = { whole: 'generateContent', sse: 'streamGenerateContent?alt=sse', array: 'streamGenerateContent' }[
    mode
  ];
  return await post(`/v1beta/models/${model}:${method}`, body, headers(more));
}

function readChunks(mode: Mode, text: string): Chunk[] {
  if (mode === 'whole') return [JSON.parse(text)];
  if (mode === 'array') return JSON.parse(text);
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')));
}

async function generate(mode: Mode, model: string, body: unknown) {
  const response = await request(mode, model, body);
  const text = await response.text();
  expect([response.status, response.status === 200 ? '' : text]).toEqual([200, '']);
  const chunks = readChunks(mode, text);
  const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content.parts ?? []);
  const reasons = chunks.map(({ candidates }) => candidates?.[0]?.finishReason);
  expect(reasons.slice(0, -1).every((reason) => reason === undefined)).toBe(true);
  return {
    response,
    chunks,
    parts,
    text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
    calls: parts.flatMap(({ functionCall }) => functionCall ?? []),
    finishReason: reasons.at(-1),
    usage: chunks.at(-1)?.usageMetadata,
  };
}

const tools = [
  {
    functionDeclarations: [
      {
        name: 'get_weather',
        parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
      },
      {
        name: 'get_time',
        parametersJsonSchema: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
      },
    ],
  },
];

describe.each(cases)('%s, %s', (provider, mode) => {
  const model = models[provider];
  const spoken = 'Grüße aus 東京, "quoted" 👩‍👩‍👧‍👦.';

  it('answers with text, a finish reason and counts', async () => {
    const body = { systemInstruction: { parts: [{ text: 'Be brief.' }] }, contents: say(promptFor(provider, spoken)) };
    const reply = await generate(mode, model, body);
    expect(reply.text.endsWith(spoken), reply.text).toBe(true);
    expect(reply.finishReason).toBe('STOP');
    expect(reply.usage?.promptTokenCount).toBeGreaterThan(0);
    expect(reply.usage?.totalTokenCount).toBeGreaterThan(reply.usage?.promptTokenCount ?? 0);
    const type = reply.response.headers.get('content-type');
    expect(type).toMatch(mode === 'sse' ? /^text\/event-stream/ : /^application\/json/);
  });

  it('calls functions in parallel, and goes on with their responses', async () => {
    const contents = say(promptFor(provider, '[[tool:get_weather]] [[tool:get_time]] Well?'));
    const reply = await generate(mode, model, { contents, tools });
    expect(reply.calls.map(({ name, args }) => [name, Object.keys(args)])).toEqual([
      ['get_weather', ['city']],
      ['get_time', ['zone']],
    ]);
    expect(reply.finishReason).toBe('STOP');
    for (const hasIds of [true, false]) {
      const responses = reply.calls.map(({ id, name }) => ({
        functionResponse: { ...(hasIds && { id }), name, response: { output: `${name} says ☔` } },
      }));
      const parts = reply.parts.map((part) =>
        part.functionCall && !hasIds ? { ...part, functionCall: { ...part.functionCall, id: undefined } } : part,
      );
      const turns = [...contents, { role: 'model', parts }, user(...responses)];
      const next = await generate(mode, model, { contents: turns, tools });
      expect(next.text).toContain('get_weather says ☔');
      expect(next.text).toContain('get_time says ☔');
    }
  });

  it('is made to call a function', async () => {
    const toolConfig = { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_time'] } };
    const reply = await generate(mode, model, { contents: say(promptFor(provider, 'Anything.')), tools, toolConfig });
    expect(reply.calls.map(({ name }) => name)).toEqual(['get_time']);
  });

  it('answers with JSON of a schema', async () => {
    const responseSchema = {
      type: 'OBJECT',
      properties: { city: { type: 'STRING' }, degrees: { type: 'NUMBER' } },
      required: ['city', 'degrees'],
    };
    const generationConfig = { responseMimeType: 'application/json', responseSchema };
    const reply = await generate(mode, model, { contents: say(promptFor(provider, 'How is it?')), generationConfig });
    expect(JSON.parse(reply.text)).toEqual({ city: expect.any(String), degrees: expect.any(Number) });
  });

  it('takes an image, and a bound on tokens', async () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const contents = [
      user(
        { text: promptFor(provider, 'One two three four five six.') },
        { inlineData: { mimeType: 'image/png', data: png } },
      ),
    ];
    expect((await generate(mode, model, { contents })).text).toContain('six');
    const bounded = await generate(mode, model, { contents, generationConfig: { maxOutputTokens: 3 } });
    expect([bounded.finishReason, bounded.text.includes('six')]).toEqual(['MAX_TOKENS', false]);
  });

  it('ends a reply that is cut off in an error, without a finish reason', async () => {
    const isStub = provider === 'stub';
    const contents = say(isStub ? 'Tell me a longer story.' : '[[scenario:cut after=3]] go');
    const response = await request(mode, isStub ? 'stub-cut' : model, { contents });
    const text = await response.text();
    const chunks = readChunks(mode, text);
    expect(chunks.at(-1)?.error).toMatchObject({ code: 502, status: 'UNAVAILABLE', message: expect.any(String) });
    expect(text).not.toContain('finishReason');
    expect(response.status).toBe(mode === 'whole' ? 502 : 200);
  });

  it("answers a provider's failure with Google's error", async () => {
    const isStub = provider === 'stub';
    const contents = say(isStub ? 'Hi' : '[[scenario:status code=500]] go');
    const response = await request(mode, isStub ? 'stub-error' : model, { contents });
    expect([response.status, await response.json()]).toEqual([
      502,
      { error: { code: 502, status: 'UNAVAILABLE', message: expect.any(String) } },
    ]);
  });
});

describe('thoughts', () => {
  it.each(modes)('are shown where they are requested, %s', async (mode) => {
    const contents = say('[[scenario:reasoning]] Hi');
    const thinkingConfig = { thinkingLevel: 'LOW', includeThoughts: true };
    const shown = await generate(mode, models.ollama, { contents, generationConfig: { thinkingConfig } });
    const thoughts = shown.parts.filter(({ thought }) => thought);
    expect(thoughts.map(({ text }) => text).join('')).toBe('First I think.');
    const hidden = await generate(mode, models.ollama, { contents });
    expect(hidden.parts.some(({ thought }) => thought)).toBe(false);
    expect(hidden.text).toBe(shown.text);
  });
});

describe('a model', () => {
  const contents = say('Hi');

  it.each([
    '/v1beta/models/stub/stub:generateContent',
    '/v1beta/models/stub%2Fstub:generateContent',
    '/v1beta/models/stub%2fstub%3AgenerateContent',
    '/v1/models/stub:generateContent',
    '/v1beta/v1beta/models/stub:generateContent',
    '/v1/v1beta/models/stub:generateContent',
    '/models/stub:generateContent',
    '//v1beta//models//stub:generateContent/',
    '/v1beta/tunedModels/stub:generateContent',
  ])('is named by %s', async (path) => {
    const response = await post(path, { contents }, headers());
    expect([response.status, await response.json()]).toMatchObject([200, { modelVersion: 'stub' }]);
  });

  it("leaves OpenAI's list of models where it is", async () => {
    const list = await send('/v1/models', { headers: headers() });
    expect(await list.json()).toMatchObject({ object: 'list' });
    const openAi = await post(
      '/v1beta/openai/chat/completions',
      { model: 'stub', messages: [{ role: 'user', content: 'Hi' }] },
      headers(),
    );
    expect(await openAi.json()).toMatchObject({ object: 'chat.completion' });
  });

  it('is listed page by page, and described', async () => {
    const names: string[] = [];
    let token = '';
    do {
      const response = await send(`/v1beta/models?pageSize=3&pageToken=${encodeURIComponent(token)}`, {
        headers: headers(),
      });
      const page = await response.json<{ models: { name: string }[]; nextPageToken?: string }>();
      expect(page.models.length).toBeLessThanOrEqual(3);
      names.push(...page.models.map(({ name }) => name));
      token = page.nextPageToken ?? '';
    } while (token !== '');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('models/gpt-4o-mini');
    const one = await send('/v1beta/models/openai%2Fgpt-4o-mini', { headers: headers() });
    expect(await one.json()).toMatchObject({
      name: 'models/gpt-4o-mini',
      inputTokenLimit: 128_000,
      outputTokenLimit: 16_384,
      supportedGenerationMethods: ['generateContent', 'countTokens'],
    });
  });

  it('that is unknown is a 404', async () => {
    const generated = await post('/v1beta/models/openai/nobodys:generateContent', { contents }, headers());
    expect([generated.status, await generated.json()]).toMatchObject([
      404,
      { error: { code: 404, status: 'NOT_FOUND' } },
    ]);
    const described = await send('/v1beta/models/none', { headers: headers() });
    expect([described.status, await described.json()]).toMatchObject([404, { error: { status: 'NOT_FOUND' } }]);
  });
});

describe('countTokens', () => {
  it.each([
    { contents: say('How many tokens is this?') },
    { generateContentRequest: { model: 'models/stub', contents: say('How many tokens is this?') } },
    { generate_content_request: { contents: say('How many tokens is this?') } },
  ])('estimates %j', async (body) => {
    const response = await post('/v1beta/models/stub:countTokens', body, headers());
    const { totalTokens } = await response.json<{ totalTokens: number }>();
    expect([response.status, totalTokens > 4 && totalTokens < 30]).toEqual([200, true]);
  });
});

describe('embeddings', () => {
  const models = ['stub', 'openai/text-embedding-3-small'];

  it.each(models)('of %s are the same one by one and in a batch', async (model) => {
    const content = (text: string) => ({ parts: [{ text }] });
    const one = await post(`/v1beta/models/${model}:embedContent`, { content: content('a') }, headers());
    const { embedding } = await one.json<{ embedding: { values: number[] } }>();
    expect(embedding.values.length).toBeGreaterThan(1);
    const requests = ['a', 'b'].map((text) => ({
      model: `models/${model}`,
      content: content(text),
      taskType: 'SEMANTIC_SIMILARITY',
    }));
    const batch = await post(`/v1beta/models/${model}:batchEmbedContents`, { requests }, headers());
    const { embeddings } = await batch.json<{ embeddings: { values: number[] }[] }>();
    expect([batch.status, embeddings.length, embeddings[0]]).toEqual([200, 2, embedding]);
    expect(batch.headers.get('x-gateway-dropped')).toBe('requests[0].taskType,requests[1].taskType');
  });

  it('have the dimensions that are requested', async () => {
    const body = { content: { parts: [{ text: 'a' }] }, output_dimensionality: 5 };
    const response = await post('/v1beta/models/stub:embedContent', body, headers());
    expect((await response.json<{ embedding: { values: number[] } }>()).embedding.values).toHaveLength(5);
  });

  it('of a provider without them are a 400', async () => {
    const body = { content: { parts: [{ text: 'a' }] } };
    const response = await post('/v1beta/models/claude-haiku-4-5:embedContent', body, headers());
    expect([response.status, await response.json()]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
  });
});

describe('an error', () => {
  it.each([
    ['no key', '/v1beta/models/stub:generateContent', {}, 401, 'UNAUTHENTICATED'],
    ['a key in the URL', '/v1beta/models/stub:generateContent?key=k', {}, 401, 'UNAUTHENTICATED'],
    ['an unknown method', '/v1beta/models/stub/stub:explain', { auth: true }, 404, 'NOT_FOUND'],
    ['a method that is not supported', '/v1beta/models/stub:batchGenerateContent', { auth: true }, 404, 'NOT_FOUND'],
    ['uploads', '/upload/v1beta/files', { auth: true }, 404, 'NOT_FOUND'],
    ['caches', '/v1beta/cachedContents', { auth: true }, 404, 'NOT_FOUND'],
    ['a body that is none', '/v1beta/models/stub:generateContent', { auth: true, body: '{' }, 400, 'INVALID_ARGUMENT'],
  ])(
    "of %s has Google's form",
    async (_, path, { auth, body = '{}' }: { auth?: boolean; body?: string }, code, status) => {
      const response = await post(path, body, auth ? headers() : {});
      expect([response.status, await response.json()]).toEqual([
        code,
        { error: { code, status, message: expect.any(String) } },
      ]);
    },
  );

  it('names the field as the client has sent it', async () => {
    const contents = [user({ text: 'Hi' }, { fileData: { mimeType: 'image/png', fileUri: 'https://a.test/1.png' } })];
    const response = await post('/v1beta/models/ollama/llama3.2:generateContent', { contents }, headers());
    const { error } = await response.json<{ error: { message: string; details: object[] } }>();
    expect(response.status).toBe(400);
    expect(error.message).toMatch(/^contents\[0\]: holds an image by URL/);
    expect(error.details).toMatchObject([{ fieldViolations: [{ field: 'contents[0]' }] }]);
  });
});

describe('a report', () => {
  const body = {
    contents: say('Hi'),
    safetySettings: [],
    tools: [{ google_search: {} }],
    generation_config: { top_k: 3, max_output_tokens: 900_000 },
  };

  it.each(modes)('is in the headers, %s', async (mode) => {
    const response = await request(mode, 'gpt-4o-mini', body);
    await response.text();
    expect(response.headers.get('x-gateway-dropped')).toBe(
      'safetySettings,tools[0].googleSearch,generationConfig.topK',
    );
    expect(response.headers.get('x-gateway-adjusted')).toBe('generationConfig.maxOutputTokens');
  });

  it('is a 400 where the client is strict', async () => {
    const response = await request('whole', 'gpt-4o-mini', body, { 'x-gateway-strict': 'true' });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: expect.stringMatching(/^safetySettings: is not supported by OpenAI/) } },
    ]);
  });
});

it('books one ledger entry for each request, with the counts of the reply', async () => {
  const tenant = await createTenant();
  const own = { 'x-goog-api-key': tenant.key };
  const contents = say('[[scenario:echo]] One two three.');
  const whole = await post('/v1beta/models/gpt-4o-mini:generateContent', { contents }, own);
  const { usageMetadata } = await whole.json<{ usageMetadata: Record<string, number> }>();
  await (await post('/v1beta/models/gpt-4o-mini:streamGenerateContent?alt=sse', { contents }, own)).text();
  await (await post('/v1beta/models/openai/text-embedding-3-small:embedContent', { content: contents[0] }, own)).text();
  await (await post('/v1beta/models/gpt-4o-mini:countTokens', { contents }, own)).text();
  const rows = await ledgerRows(tenant.tenantId, 3);
  expect(rows.map(({ source, status }) => [source, status])).toEqual([
    ['sync', 'completed'],
    ['stream', 'completed'],
    ['sync', 'completed'],
  ]);
  expect(rows[0]).toMatchObject({
    inputTokens: usageMetadata.promptTokenCount,
    outputTokens: usageMetadata.candidatesTokenCount,
    tokenSource: 'provider',
  });
  expect(tenantId).not.toBe(tenant.tenantId);
});

it('keeps the digits of numbers in arguments, schemas and responses', async () => {
  const big = '9007199254740993';
  const prompt = JSON.stringify(`[[tool:f {"n":${big}}]]`);
  const declaration = `{"name":"f","parameters":{"type":"OBJECT","properties":{"n":{"type":"INTEGER","maximum":${big}}}}}`;
  const body = `{"contents":[{"role":"user","parts":[{"text":${prompt}}]}],"tools":[{"function_declarations":[${declaration}]}]}`;
  for (const mode of modes) expect(await (await request(mode, 'stub', body)).text()).toContain(`"args":{"n":${big}}`);
});

it.each(['stub%2F%D0%B0', 'stub%2F%00', `stub%2F${'a'.repeat(257)}`])(
  'rejects a model whose name no column and no header holds: %s',
  async (model) => {
    for (const method of ['generateContent', 'streamGenerateContent', 'countTokens', 'embedContent']) {
      const body = method === 'embedContent' ? { content: say('Hi')[0] } : { contents: say('Hi') };
      const response = await post(`/v1beta/models/${model}:${method}`, body, headers());
      const { error } = await response.json<Chunk>();
      expect([response.status, error?.message]).toEqual([400, 'model: must be 1 to 256 printable ASCII characters.']);
    }
  },
);
