import { z } from 'zod';
import { canOllamaModelThink, isOllamaModel } from '../models.ts';
import type { AcceptedCall, Endpoint, Failure, ProviderRequest, Refusal } from '../protocol.ts';
import { firstIssue, valueAt } from '../schema-issue.ts';
import { askedOfOllama } from './ollama-asked.ts';
import { writeOllamaBody, writeOllamaFrames } from './ollama-replies.ts';

const message = z.strictObject({
  role: z.string(),
  content: z.string().optional(),
  thinking: z.string().optional(),
  images: z.array(z.string()).nullish(),
  tool_calls: z
    .array(
      z.strictObject({ function: z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }) }),
    )
    .optional(),
  tool_name: z.string().optional(),
});

const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string(),
    description: z.string().optional(),
    parameters: z.looseObject({ type: z.string().optional() }),
  }),
});

/**
 * The fields of the API document. The real server ignores others; a gateway that sends one has not translated it. `stream` is on
 * unless turned off.
 */
const bodySchema = z.strictObject({
  model: z.string().optional(),
  messages: z.array(message).optional(),
  stream: z.boolean().optional(),
  tools: z.array(tool).optional(),
  format: z.union([z.literal('json'), z.looseObject({})]).optional(),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).optional(),
  options: z.record(z.string(), z.unknown()).nullish(),
});

const optionTypes: Record<string, 'integer' | 'float32' | 'boolean' | 'array'> = {
  num_ctx: 'integer',
  num_keep: 'integer',
  num_predict: 'integer',
  repeat_last_n: 'integer',
  seed: 'integer',
  top_k: 'integer',
  frequency_penalty: 'float32',
  min_p: 'float32',
  presence_penalty: 'float32',
  repeat_penalty: 'float32',
  temperature: 'float32',
  top_p: 'float32',
  use_mmap: 'boolean',
  stop: 'array',
};

/** `POST /api/chat`. Source of the refusals: ollama's server/routes.go and api/types.go. */
export const ollamaChat: Endpoint = {
  protocol: 'ollama',
  path: '/api/chat',
  streamContentType: 'application/x-ndjson',
  accept,
  writeBody: writeOllamaBody,
  writeFrames: writeOllamaFrames,
  writeError: ({ status, message: text }: Failure) => writeError(text ?? `the request failed with status ${status}`),
  writeErrorFrame: () => `${writeError('an error was encountered while running the model: unexpected EOF')}\n`,
};

function writeError(error: string): string {
  return JSON.stringify({ error });
}

function refuse(status: number, error: string): Refusal {
  return { status, body: writeError(error) };
}

function accept({ body: text }: ProviderRequest): AcceptedCall | Refusal {
  if (text === '') return refuse(400, 'missing request body');
  const json = readJson(text);
  const parsed = bodySchema.safeParse(json);
  if (!parsed.success) return refuseType(parsed.error, json);
  const { model, messages = [], stream = true, options, think } = parsed.data;
  if (model === undefined || model === '') return refuse(400, 'model is required');
  if (!isOllamaModel(model)) return refuse(404, `model "${model}" not found, try pulling it first`);
  // A model that cannot think takes `false`.
  if (think && !canOllamaModelThink(model)) return refuse(400, `"${model}" does not support thinking`);
  const refusal = refuseMessages(messages) ?? refuseOptions(options ?? {});
  if (refusal) return refusal;
  const lastUserText = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  return { model, stream, includeUsage: true, lastUserText, key: '', modelRequest: askedOfOllama(json) };
}

function refuseMessages(messages: readonly z.infer<typeof message>[]): Refusal | undefined {
  // The real server takes an empty list as a wish to load the model; no gateway means that.
  if (messages.length === 0) return refuse(400, 'messages is required');
  for (const { role, images } of messages) {
    if (!['system', 'user', 'assistant', 'tool'].includes(role)) return refuse(400, `invalid role: ${role}`);
    for (const image of images ?? []) {
      const at = image.search(/[^A-Za-z0-9+/=]/);
      if (at >= 0) return refuse(400, `illegal base64 data at input byte ${at}`);
    }
  }
  return undefined;
}

function refuseOptions(options: Record<string, unknown>): Refusal | undefined {
  for (const [name, value] of Object.entries(options)) {
    const type = optionTypes[name];
    if (type === undefined) return refuse(400, `unknown option "${name}"`);
    if (value === null || isOfType(value, type)) continue;
    return refuse(400, `option "${name}" must be of type ${type}`);
  }
  return undefined;
}

function isOfType(value: unknown, type: 'integer' | 'float32' | 'boolean' | 'array'): boolean {
  if (type === 'array') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === (type === 'boolean' ? 'boolean' : 'number');
}

/** Returns the error message of Go's JSON decoder for a value of the wrong type. */
function refuseType(error: z.ZodError, json: unknown): Refusal {
  const path = firstIssue(error)?.path ?? [];
  const value = valueAt(json, path);
  const got = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const field = path.filter((key) => typeof key === 'string').join('.');
  return refuse(400, `json: cannot unmarshal ${got} into Go struct field ChatRequest.${field}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
