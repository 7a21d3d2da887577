import * as z from 'zod';
import { listOf } from '../../lib/list-of.ts';

const partSchema = z.discriminatedUnion(
  'type',
  [
    z.looseObject({ type: z.literal('text'), text: z.string() }),
    z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
    z.looseObject({ type: z.literal('image_url'), image_url: z.looseObject({ url: z.string() }) }),
    z.looseObject({ type: z.literal('input_audio'), input_audio: z.looseObject({ data: z.string() }) }),
    z.looseObject({ type: z.literal('file'), file: z.looseObject({}) }),
  ],
  { error: 'must be a part of type text, image_url, input_audio, file or refusal' },
);

/** As strict about shapes as OpenAI. Parts without text, such as images, count as nothing. */
const contentSchema = z
  .union([z.string(), listOf(partSchema)], { error: 'must be a string or a list of parts' })
  .nullish()
  .transform((content) =>
    Array.isArray(content) ? content.map((part) => (part.type === 'text' ? part.text : '')).join('') : (content ?? ''),
  );

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: contentSchema,
  tool_calls: listOf(z.object({ function: z.object({ name: z.string(), arguments: z.string() }) })).nullish(),
});

const toolSchema = z.object({
  type: z.literal('function'),
  function: z.object({ name: z.string().min(1), parameters: z.unknown().optional() }),
});

const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
]);

const formatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: z.unknown().optional() }) }),
]);

const chatSchema = z.looseObject({
  model: z.string(),
  messages: listOf(messageSchema),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stop: z.union([z.string().transform((sequence) => [sequence]), listOf(z.string())]).nullish(),
  tools: listOf(toolSchema).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: formatSchema.nullish(),
  n: z.literal(1).nullish(),
  logprobs: z.literal(false).nullish(),
  modalities: z.tuple([z.literal('text')]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
});

/** Each of them is looked for in the whole reply. */
const maxStopSequences = 16;

/** Parameters that Stub refuses, since its reply would silently lack what they ask for, and what to do instead. */
const unsupported = [
  ['functions', 'Send tools instead.'],
  ['function_call', 'Send tool_choice instead.'],
  ['audio', 'It answers with text only. Leave the parameter out.'],
  ['web_search_options', 'It has no network. Leave the parameter out.'],
] as const;

/** The fields of a Chat Completions request that Stub uses. */
export interface StubRequest {
  readonly model: string;
  readonly messages: readonly StubMessage[];
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly tools: readonly StubTool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly parallelToolCalls: boolean;
  readonly responseFormat: z.infer<typeof formatSchema>;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

export interface StubMessage {
  readonly role: string;
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[];
}

export interface StubTool {
  readonly name: string;
  /** JSON Schema of the arguments, as the client sent it. */
  readonly parameters: unknown;
}

/** Parses a request's body. A string says what is wrong with it. */
export function parseStubRequest(body: string): StubRequest | string {
  const parsed = chatSchema.safeParse(parseJson(body));
  if (!parsed.success) return `${parsed.error.issues[0]?.path.join('.') || 'The body'} is not what Stub can read.`;
  const { data } = parsed;
  const refused = unsupported.find(([name]) => (data[name] ?? null) !== null);
  if (refused !== undefined) return `Stub has no ${refused[0]}. ${refused[1]}`;
  if (data.messages.length === 0) return 'messages is empty.';
  if ((data.stop?.length ?? 0) > maxStopSequences) return `stop has more than ${maxStopSequences} sequences.`;
  const tools = (data.tools ?? []).map(({ function: { name, parameters } }) => ({ name, parameters }));
  const toolChoice = toToolChoice(data.tool_choice);
  return (
    findToolChoiceProblem(toolChoice, tools) ?? {
      model: data.model,
      messages: data.messages.map(toMessage),
      maxTokens: data.max_tokens ?? data.max_completion_tokens ?? undefined,
      stop: (data.stop ?? []).filter((sequence) => sequence !== ''),
      tools,
      toolChoice,
      parallelToolCalls: data.parallel_tool_calls ?? true,
      responseFormat: data.response_format ?? { type: 'text' },
      stream: data.stream ?? false,
      includeUsage: data.stream_options?.include_usage ?? false,
    }
  );
}

function toMessage({ role, content, tool_calls }: z.infer<typeof messageSchema>): StubMessage {
  return { role, text: content, toolCalls: (tool_calls ?? []).map((call) => call.function) };
}

function toToolChoice(choice: z.infer<typeof toolChoiceSchema> | null | undefined): StubRequest['toolChoice'] {
  return typeof choice === 'object' && choice !== null ? { name: choice.function.name } : (choice ?? 'auto');
}

function findToolChoiceProblem(choice: StubRequest['toolChoice'], tools: readonly StubTool[]): string | undefined {
  if (choice === 'auto' || choice === 'none') return undefined;
  if (tools.length === 0) return 'tool_choice asks for a tool to be called, but tools is empty.';
  if (choice === 'required' || tools.some(({ name }) => name === choice.name)) return undefined;
  return `tool_choice names ${choice.name}, which is not among tools.`;
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
