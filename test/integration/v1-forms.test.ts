import { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { send, variables } from './gateway.ts';
import { findRequest, openClient } from './openai-client.ts';

const replyText = 'Привет! Это ответ сервера OpenAI.';
/** All bytes, and what looks like the end of a part. */
const fileBytes = Uint8Array.from([...Array.from({ length: 256 }, (_, byte) => byte), 13, 10, 45, 45, 13, 10, 45, 45]);
const audioFile = () => toFile(fileBytes, 'звук.mp3', { type: 'audio/mpeg' });
const pictureFile = () => toFile(fileBytes, 'кот.png', { type: 'image/png' });
const transcriptCost = 4n * 2_500n + 15n * 6_000n + 7n * 10_000n;

/** Posts bytes as a form. */
async function postForm(
  body: Uint8Array | ReadableStream,
  {
    boundary = 'b',
    path = '/v1/audio/transcriptions',
    columns = {},
    headers = {},
  }: {
    boundary?: string;
    path?: string;
    columns?: Parameters<typeof openClient>[0];
    headers?: Record<string, string>;
  } = {},
) {
  const client = await openClient(columns);
  const contentType = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const init = { method: 'POST', headers: { ...client.headers, ...contentType, ...headers }, body: body as BodyInit };
  return { ...client, response: await send(path, init) };
}

const encoder = new TextEncoder();

function join(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const chunks = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part));
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const fileHead =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n';
const file = (bytes: Uint8Array | string = fileBytes) => join(fileHead, bytes, '\r\n');

describe('the official client', () => {
  it.each(['gpt-4o-transcribe', 'openai/gpt-4o-transcribe'])(
    'gets a transcript of %s, priced by its tokens',
    async (model) => {
      const { client, row } = await openClient({ dailyBudgetNanoUsd: 10n ** 9n });
      const { text, usage } = await client.audio.transcriptions.create({ model, file: await audioFile() });
      expect([text, usage]).toMatchObject([replyText, { type: 'tokens', input_tokens: 19 }]);
      expect(await row()).toMatchObject({
        source: 'sync',
        status: 'completed',
        model: 'gpt-4o-transcribe',
        inputTokens: 19,
        outputTokens: 7,
        costNanoUsd: transcriptCost,
      });
    },
  );

  it.each(['text', 'srt', 'vtt'] as const)('gets %s, whose cost is not known', async (response_format) => {
    const { client, row } = await openClient();
    const request = { model: 'whisper-1', file: await audioFile(), response_format };
    expect(await client.audio.transcriptions.create(request)).toContain(replyText);
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: null, inputTokens: null });
  });

  it('gets verbose JSON, whose seconds have no known price', async () => {
    const { client, row } = await openClient();
    const request = { model: 'whisper-1', file: await audioFile(), response_format: 'verbose_json' } as const;
    expect(await client.audio.transcriptions.create(request)).toMatchObject({ duration: 9, text: replyText });
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: null });
  });

  it('gets a streamed transcript', async () => {
    const { client, row } = await openClient();
    const request = { model: 'gpt-4o-transcribe', file: await audioFile(), stream: true } as const;
    let text = '';
    for await (const event of await client.audio.transcriptions.create(request)) {
      if (event.type === 'transcript.text.delta') text += event.delta;
    }
    expect(text).toBe(replyText);
    expect(await row()).toMatchObject({ source: 'stream', status: 'completed', costNanoUsd: transcriptCost });
  });

  it('gets JSON where a model does not stream', async () => {
    const { client, headers } = await openClient();
    const form = new FormData();
    form.set('file', await audioFile());
    form.set('model', 'whisper-1');
    form.set('stream', 'true');
    const response = await send('/v1/audio/transcriptions', { method: 'POST', headers, body: form });
    expect([response.headers.get('content-type'), await response.json()]).toEqual([
      'application/json',
      { text: replyText },
    ]);
    expect(client).toBeDefined();
  });

  it('gets a translation', async () => {
    const { client, row } = await openClient();
    const { text } = await client.audio.translations.create({ model: 'whisper-1', file: await audioFile() });
    expect(text).toBe(replyText);
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: null });
  });

  it('gets an edited picture, priced by what it reads and draws', async () => {
    const { client, row } = await openClient();
    const image = [await pictureFile(), await pictureFile()];
    const { data } = await client.images.edit({ model: 'gpt-image-1', image, prompt: 'A hat' });
    expect(data).toHaveLength(1);
    expect(await row()).toMatchObject({ costNanoUsd: 9n * 5_000n + 10n * 10_000n + 7n * 40_000n });
  });

  it('gets an edited picture as a stream', async () => {
    const { client, row } = await openClient();
    const request = { model: 'gpt-image-1', image: await pictureFile(), prompt: 'A hat', stream: true } as const;
    const types: string[] = [];
    for await (const { type } of await client.images.edit(request)) types.push(type);
    expect(types.at(-1)).toBe('image_edit.completed');
    expect(await row()).toMatchObject({ source: 'stream', status: 'completed' });
  });

  it('gets a variation, whose cost is not known', async () => {
    const { client, row } = await openClient();
    const { data } = await client.images.createVariation({ model: 'dall-e-2', image: await pictureFile(), n: 2 });
    expect(data).toHaveLength(2);
    expect(await row()).toMatchObject({ status: 'completed', costNanoUsd: null });
  });
});

describe('the form', () => {
  it('reaches the provider byte for byte, but for the prefix of the model', async () => {
    const mark = crypto.randomUUID();
    const audio = toLatin1(fileBytes);
    const body = (model: string) =>
      `--b\r\ncontent-disposition: form-data; name="file"; filename="${toLatin1(encoder.encode('звук "1".mp3').slice(0))}"`.replace(
        /"1"/,
        '%221%22',
      ) +
      `\r\nContent-Type: audio/x-m4a; codecs=x\r\nX-Other: ${mark}\r\n\r\n${audio}\r\n` +
      `--b\r\nContent-Disposition: form-data; name="timestamp_granularities[]"\r\n\r\nword\r\n` +
      `--b\r\nContent-Disposition: form-data; name="timestamp_granularities[]"\r\n\r\n\r\n` +
      `--b\r\nContent-Disposition: form-data; name=model\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${model}\r\n--b--\r\n`;
    const { response } = await postForm(fromLatin1(body('openai/whisper-1')));
    expect([response.status, await response.text()]).toEqual([200, JSON.stringify({ text: replyText })]);
    const recorded = await findRequest(mark);
    expect(recorded.body).toBe(body('whisper-1'));
    expect(recorded.headers).toMatchObject({
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': String(body('whisper-1').length),
      authorization: `Bearer ${variables.OPENAI_API_KEY}`,
    });
    expect(recorded.headers['x-api-key']).toBeUndefined();
  });

  it('may hold 10 MiB, in chunks without a length', async () => {
    const rest = join(field('model', 'whisper-1'), fileHead, '\r\n--b--').length;
    const audio = new Uint8Array(10 * 1024 * 1024 - rest).fill(13);
    const body = join(field('model', 'whisper-1'), file(audio), '--b--');
    const stream = new Blob([body as Uint8Array<ArrayBuffer>]).stream();
    expect((await postForm(stream)).response.status).toBe(200);
  });

  it.each(['with its length', 'in chunks'])('is refused over 10 MiB, %s', async (way) => {
    const body = join(field('model', 'whisper-1'), file(new Uint8Array(10 * 1024 * 1024)), '--b--');
    const sent = way === 'in chunks' ? new Blob([body as Uint8Array<ArrayBuffer>]).stream() : body;
    const { response } = await postForm(sent);
    expect([response.status, await response.json()]).toMatchObject([413, { error: { code: 'payload_too_large' } }]);
  });

  const many = (count: number) => Array.from({ length: count }, (_, index) => field(`field${index}`, 'x')).join('');
  it.each([
    ['has no model', join(file(), '--b--'), 'model: is missing: name the model, such as gpt-4o-transcribe.'],
    [
      'has two models',
      join(field('model', 'whisper-1'), field('model', 'tts-1'), file(), '--b--'),
      'model: is in the form more than once',
    ],
    [
      'has a model in capitals beside the model',
      join(field('Model', 'tts-1'), field('model', 'whisper-1'), file(), '--b--'),
      'model: is in the form',
    ],
    ['has a model in capitals', join(field('MODEL', 'whisper-1'), file(), '--b--'), 'model: must be written "model"'],
    ['has an escaped model', join(field('mod\\el', 'whisper-1'), file(), '--b--'), 'model: must be written "model"'],
    ['has a list of models', join(field('model[]', 'whisper-1'), file(), '--b--'), 'model: must be written "model"'],
    [
      'has a model of 5 MiB',
      join(field('model', 'x'.repeat(5 * 1024 * 1024)), file(), '--b--'),
      'model: must be at most 256 bytes',
    ],
    [
      'has a model that is a file',
      join('--b\r\nContent-Disposition: form-data; name="model"; filename="m"\r\n\r\nwhisper-1\r\n', file(), '--b--'),
      'model: must be text',
    ],
    [
      'has a model in UTF-16',
      join(
        '--b\r\nContent-Disposition: form-data; name="model"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nwhisper-1\r\n',
        file(),
        '--b--',
      ),
      'model: must be plain text in UTF-8',
    ],
    [
      'has a model that is not ASCII',
      join(field('model', 'whisper-й'), file(), '--b--'),
      'model: must be 1 to 256 printable ASCII',
    ],
    ['is cut off', join(field('model', 'whisper-1'), fileHead, fileBytes), 'ends before its last boundary'],
    ['is empty', join(''), 'The body is empty'],
    ['has another boundary', join('--c\r\n', file(), '--b--'), 'does not begin with its boundary'],
    [
      'has a longer boundary inside',
      join(field('model', 'whisper-1'), file('x\r\n--bcd\r\ny'), '--b--'),
      'choose another boundary',
    ],
    [
      'ends lines in a line feed',
      join(field('model', 'whisper-1'), file('x\n--b\ny'), '--b--'),
      'end lines with CR LF',
    ],
    [
      'goes on behind its end',
      join(field('model', 'whisper-1'), file(), '--b--\r\n', field('model', 'tts-1')),
      'The form has',
    ],
    ['has 1,000 fields', join(many(1000), field('model', 'whisper-1'), file(), '--b--'), 'more than 256 fields'],
    [
      'has long headers',
      join(`--b\r\nX: ${'y'.repeat(9_000)}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n`, '--b--'),
      'headers do not end within',
    ],
    [
      'has many headers',
      join(
        `--b\r\n${Array.from({ length: 20 }, (_, i) => `X${i}: y\r\n`).join('')}Content-Disposition: form-data; name="a"\r\n\r\n1\r\n`,
        '--b--',
      ),
      'more than 16 headers',
    ],
    [
      'has a field without a name',
      join('--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n', '--b--'),
      'without a readable name',
    ],
    ['has a wrong n', join(field('model', 'dall-e-2'), field('n', '0'), file(), '--b--'), 'n: must be a whole number'],
  ])('is refused where it %s', async (_name, body, message) => {
    const { response } = await postForm(body);
    const { error } = (await response.json()) as { error: { message: string } };
    expect([response.status, error.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it.each([
    ['application/json', 400, 'Content-Type: must be multipart/form-data'],
    ['multipart/form-data', 400, 'Content-Type: must have one boundary'],
    ['multipart/form-data; boundary=b; boundary=c', 400, 'Content-Type: must have one boundary'],
    [`multipart/form-data; boundary=${'b'.repeat(71)}`, 400, 'Content-Type: must have one boundary'],
  ])('is refused with the content type %s', async (contentType, status, message) => {
    const { response } = await postForm(join(file(), '--b--'), { headers: { 'content-type': contentType } });
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { error: { message: expect.stringContaining(message) } },
    ]);
  });

  it('is refused where it is compressed', async () => {
    const { response } = await postForm(join(file(), '--b--'), { headers: { 'content-encoding': 'gzip' } });
    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  });
});

describe('limits of the API key', () => {
  const body = join(field('model', 'whisper-1'), file(), '--b--');

  it.each<[string, Parameters<typeof openClient>[0]]>([
    ['another model', { allowedModels: ['gpt-4o'] }],
    ['another provider', { allowedProviders: ['stub'] }],
    ['another scope', { scopes: ['read'] }],
  ])('close the route to a key for %s', async (_name, columns) => {
    expect((await postForm(body, { columns })).response.status).toBe(403);
  });

  it('refuse fields that name more models', async () => {
    const more = join(field('model', 'whisper-1'), field('models', 'tts-1'), file(), '--b--');
    const { response } = await postForm(more, { columns: { allowedModels: ['whisper-1'] } });
    expect([response.status, await response.json()]).toMatchObject([403, { error: { param: 'models' } }]);
  });

  it.each([
    ['whisper-1', {}],
    ['gpt-4o-transcribe', { response_format: 'text' }],
    ['dall-e-2', {}],
  ])('refuse under a budget what has no known price: %s %j', async (model, fields) => {
    const path = model === 'dall-e-2' ? '/v1/images/edits' : '/v1/audio/transcriptions';
    const others = Object.entries(fields)
      .map(([name, value]) => field(name, value))
      .join('');
    const form = join(field('model', model), others, file(), '--b--');
    expect((await postForm(form, { path, columns: { dailyBudgetNanoUsd: 10n ** 12n } })).response.status).toBe(402);
  });

  it.each(['claude-haiku-4-5', 'ollama/llama3.2', 'stub'])('name what to use instead of %s', async (model) => {
    const { response } = await postForm(join(field('model', model), file(), '--b--'));
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'model' } }]);
  });
});

describe('the provider', () => {
  const withPrompt = (prompt: string, more = '') =>
    join(field('model', 'gpt-4o-transcribe'), field('prompt', prompt), more, file(), '--b--');

  it('has its errors passed', async () => {
    const { response, row } = await postForm(withPrompt('[[scenario:status code=429 retryAfter=7]]'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await row()).toMatchObject({ status: 'failed', costNanoUsd: 0n });
  });

  it('is aborted when the client leaves', async () => {
    const mark = crypto.randomUUID();
    const prompt = `[[scenario:held mark=${mark} after=2]]`;
    const { response, row } = await postForm(withPrompt(prompt, field('stream', 'true')));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await row()).toMatchObject({ status: 'client_gone', costNanoUsd: null });
    await expect.poll(async () => (await findRequest(mark)).aborted).toBe(true);
  });

  it.each(['cut', 'clean-cut', 'error-event'])('ends a stream in one error event: %s', async (trouble) => {
    const { response, row } = await postForm(withPrompt(`[[scenario:${trouble}]]`, field('stream', 'true')));
    expect(await response.text()).toMatch(/\n\n(?:event: error\n)?data: \{.*"error":?.*\}\n\n$/);
    expect(await row()).toMatchObject({ status: 'failed', costNanoUsd: null });
  });
});

describe('places in memory', () => {
  it('are four, of which a tenant has three: a further upload waits, and is told to come back', async () => {
    const [first, second, third] = [await openClient(), await openClient(), await openClient()];
    const contentType = { 'content-type': 'multipart/form-data; boundary=b' };
    const uploads = Array.from({ length: 4 }, () => new TransformStream<Uint8Array, Uint8Array>());
    const writers = uploads.map(({ writable }) => writable.getWriter());
    const start = encoder.encode(field('model', 'whisper-1'));
    const open = ({ headers }: typeof first, body: ReadableStream) =>
      send('/v1/audio/transcriptions', { method: 'POST', headers: { ...headers, ...contentType }, body });
    const whole = join(field('model', 'whisper-1'), file(), '--b--') as Uint8Array<ArrayBuffer>;
    const openWhole = (client: typeof first) => open(client, new Blob([whole]).stream());
    const expectRefusal = async (refused: Response) =>
      expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
        503,
        '2',
        { error: { message: expect.stringContaining('too many other uploads') } },
      ]);
    const begin = async (client: typeof first, from: number, to: number) => {
      const replies = uploads.slice(from, to).map(({ readable }) => open(client, readable));
      await Promise.all(writers.slice(from, to).map((writer) => writer.write(start)));
      return replies;
    };
    const pending = await begin(first, 0, 3);
    await expectRefusal(await openWhole(first));
    expect((await openWhole(second)).status).toBe(200);
    // An upload that pauses for ten seconds loses its place.
    await Promise.all(writers.slice(0, 3).map((writer) => writer.write(encoder.encode(field('language', 'ru')))));
    pending.push(...(await begin(second, 3, 4)));
    // The last place is taken only once its request has come to the route.
    await waitFor(async () => await expectRefusal(await openWhole(third)));
    const rest = join(file(), '--b--');
    await Promise.all(
      writers.map(async (writer) => {
        await writer.write(rest);
        await writer.close();
      }),
    );
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await openWhole(first)).status).toBe(200);
  });
});

function toLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
