import type { AcceptedCall, Endpoint, Frame, ProviderRequest, Refusal, Reply } from '../protocol.ts';
import { isBodyRefused, readJson, unknownModel } from './openai-body.ts';
import { openAiRefusal, writeFailure, wrongKey } from './openai-errors.ts';

type Fields = Readonly<Record<string, unknown>>;

/** How one endpoint reads its request and writes its reply. */
interface MediaEndpoint {
  readonly path: string;
  readonly models: readonly string[];
  /** The field whose text may begin with a scenario. */
  readonly textField: string;
  readonly isForm: boolean;
  isStream(fields: Fields): boolean;
  contentType?(fields: Fields): string | undefined;
  writeBody(reply: Reply, fields: Fields): string | Buffer;
  writeFrames?(reply: Reply, fields: Fields): readonly object[];
}

const imageModels = ['gpt-image-1', 'gpt-image-1.5', 'dall-e-2', 'dall-e-3'];
const isTrue = (value: unknown) => value === true || value === 'true';

const images = (path: string, event: string, isForm: boolean): MediaEndpoint => ({
  path,
  models: imageModels,
  textField: 'prompt',
  isForm,
  isStream: ({ stream }) => isTrue(stream),
  writeBody(reply, fields) {
    const data = Array.from({ length: Number(fields.n ?? 1) }, () => ({ b64_json: encode(reply) }));
    return JSON.stringify({ created: 1_760_000_000, data, ...imageUsage(reply, fields, isForm) });
  },
  writeFrames: (reply, fields) => [
    ...reply.text.map((_, index) => ({
      type: `${event}.partial_image`,
      partial_image_index: index,
      b64_json: encode(reply),
    })),
    { type: `${event}.completed`, b64_json: encode(reply), ...imageUsage(reply, fields, isForm) },
  ],
});

/** The models that are billed by the picture count no tokens. */
function imageUsage({ usage }: Reply, { model, n = 1 }: Fields, isEdit: boolean) {
  if (!usage || !String(model).startsWith('gpt-image')) return {};
  const { input = 0, output = 0 } = usage;
  const image_tokens = isEdit ? 10 : 0;
  const output_tokens = output * Number(n);
  const details = { image_tokens, text_tokens: input - image_tokens };
  return {
    usage: {
      input_tokens: input,
      input_tokens_details: details,
      output_tokens,
      total_tokens: input + output_tokens,
    },
  };
}

function encode({ text }: Reply): string {
  return Buffer.from(text.join('')).toString('base64');
}

/** Audio: bytes that are no UTF-8. */
function writeAudio({ text }: Reply): Buffer {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  return Buffer.concat([all, Buffer.from(text.join(''), 'utf16le'), all]);
}

const speech: MediaEndpoint = {
  path: '/v1/audio/speech',
  models: ['gpt-4o-mini-tts', 'tts-1', 'tts-1-hd'],
  textField: 'input',
  isForm: false,
  isStream: ({ stream_format }) => stream_format === 'sse',
  contentType: ({ response_format = 'mp3' }) => (response_format === 'mp3' ? 'audio/mpeg' : `audio/${response_format}`),
  writeBody: writeAudio,
  writeFrames: ({ text, usage }) => [
    ...text.map((piece) => ({ type: 'speech.audio.delta', audio: Buffer.from(piece).toString('base64') })),
    { type: 'speech.audio.done', ...(usage && { usage: countTokens(usage) }) },
  ],
};

function countTokens({ input = 0, output = 0 }: NonNullable<Reply['usage']>) {
  return { input_tokens: input, output_tokens: output, total_tokens: input + output };
}

const transcripts = (path: string): MediaEndpoint => ({
  path,
  models: ['gpt-4o-transcribe', 'gpt-4o-mini-transcribe', 'whisper-1'],
  textField: 'prompt',
  isForm: true,
  isStream: ({ stream, model }) => isTrue(stream) && model !== 'whisper-1',
  contentType: ({ response_format }) =>
    ['text', 'srt', 'vtt'].includes(String(response_format)) ? 'text/plain; charset=utf-8' : undefined,
  writeBody(reply, { response_format, model }) {
    const text = reply.text.join('');
    if (response_format === 'text') return `${text}\n`;
    if (response_format === 'srt') return `1\n00:00:00,000 --> 00:00:09,000\n${text}\n\n`;
    if (response_format === 'vtt') return `WEBVTT\n\n00:00.000 --> 00:09.000\n${text}\n\n`;
    if (response_format === 'verbose_json') {
      const usage = { type: 'duration', seconds: 9 };
      return JSON.stringify({ task: 'transcribe', language: 'russian', duration: 9, text, segments: [], usage });
    }
    return JSON.stringify({ text, ...(model !== 'whisper-1' && transcriptUsage(reply)) });
  },
  writeFrames: (reply) => [
    ...reply.text.map((delta) => ({ type: 'transcript.text.delta', delta })),
    { type: 'transcript.text.done', text: reply.text.join(''), ...transcriptUsage(reply) },
  ],
});

function transcriptUsage({ usage }: Reply) {
  if (!usage) return {};
  const details = { audio_tokens: (usage.input ?? 0) - 4, text_tokens: 4 };
  return { usage: { type: 'tokens', ...countTokens(usage), input_token_details: details } };
}

const endpoints = [
  images('/v1/images/generations', 'image_generation', false),
  images('/v1/images/edits', 'image_edit', true),
  images('/v1/images/variations', 'image_variation', true),
  speech,
  transcripts('/v1/audio/transcriptions'),
  transcripts('/v1/audio/translations'),
];

/** OpenAI's endpoints for pictures and audio. */
export function openAiMedia(key: string): Endpoint[] {
  return endpoints.map((endpoint) => createEndpoint(endpoint, key));
}

function createEndpoint(endpoint: MediaEndpoint, key: string): Endpoint {
  const { path, models, textField, isForm } = endpoint;
  /** The fields of each call. */
  const fieldsByCall = new WeakMap<AcceptedCall, Fields>();

  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const fields = isForm ? readForm(request, key) : readFields(request, key);
    if (isRefused(fields)) return fields;
    const { model } = fields;
    if (typeof model !== 'string') return openAiRefusal(400, { message: 'you must provide a model parameter' });
    if (!models.includes(model)) return unknownModel(model);
    if (isForm && fields.hasFile !== true) return openAiRefusal(400, { message: 'a file is missing' });
    const contentType = endpoint.contentType?.(fields);
    const call: AcceptedCall = {
      model,
      stream: endpoint.isStream(fields),
      includeUsage: false,
      lastUserText: String(fields[textField] ?? ''),
      key,
      ...(contentType !== undefined && { contentType }),
    };
    fieldsByCall.set(call, fields);
    return call;
  }

  return {
    protocol: 'openai',
    path,
    streamContentType: 'text/event-stream; charset=utf-8',
    accept,
    writeBody: (reply, call) => endpoint.writeBody(reply, fieldsByCall.get(call) ?? {}),
    writeFrames: (reply, call) =>
      (endpoint.writeFrames?.(reply, fieldsByCall.get(call) ?? {}) ?? []).map((event, index, all): Frame => {
        const kind = index === all.length - 1 ? 'end' : 'content';
        return { kind, text: `data: ${JSON.stringify(event)}\n\n` };
      }),
    writeError: writeFailure,
    writeErrorFrame: () =>
      `event: error\ndata: ${JSON.stringify({ type: 'error', ...JSON.parse(writeFailure({ status: 500 })) })}\n\n`,
  };
}

function isRefused(fields: Fields | Refusal): fields is Refusal {
  return typeof fields.status === 'number';
}

function readFields(request: ProviderRequest, key: string): Fields | Refusal {
  const body = readJson(request, key);
  if (isBodyRefused(body)) return body.refusal;
  return typeof body.json === 'object' && body.json !== null ? { ...body.json } : {};
}

/** Reads the fields of a form, and whether it has a file. */
function readForm({ headers, body }: ProviderRequest, key: string): Fields | Refusal {
  const sent = (headers.authorization ?? '').replace(/^Bearer\s+/i, '');
  if (sent !== key) return wrongKey(sent);
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1];
  const sections = boundary === undefined ? [] : body.split(`--${boundary}`);
  if (sections.at(-1)?.startsWith('--') !== true) return openAiRefusal(400, { message: 'could not parse the form' });
  const fields: Record<string, unknown> = {};
  for (const section of sections.slice(1, -1)) {
    const headEnd = section.indexOf('\r\n\r\n');
    const head = section.slice(0, headEnd);
    const name = /; name="?([^";\r]*)/.exec(head)?.[1] ?? '';
    if (/; filename[*]?=/.test(head)) fields.hasFile = true;
    else fields[name] = Buffer.from(section.slice(headEnd + 4, -2), 'latin1').toString();
  }
  return fields;
}
