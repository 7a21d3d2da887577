import * as z from 'zod';
import { formatFieldPath } from '../../domain/error-issue.ts';
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

const calledSchema = z.object({ name: z.string(), arguments: z.string() });
const customCallSchema = z
  .object({ custom: z.object({ name: z.string(), input: z.string() }) })
  .transform(({ custom: { name, input } }) => ({ function: { name, arguments: input } }));

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: contentSchema,
  tool_calls: listOf(z.union([z.object({ function: calledSchema }), customCallSchema])).nullish(),
  function_call: calledSchema.nullish(),
});

const functionSchema = z.object({ name: z.string().min(1), parameters: z.unknown().optional() });

/** Custom tools and those that a vendor runs are called by no reply. */
const toolSchema = z.union([
  z.object({ type: z.literal('function'), function: functionSchema }),
  z.looseObject({ type: z.string().refine((type) => type !== 'function') }).transform(() => undefined),
]);

const namedSchema = z.object({ name: z.string() });
const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('function'), function: namedSchema }),
  z.object({
    type: z.literal('allowed_tools'),
    allowed_tools: z.object({
      mode: z.enum(['auto', 'required']),
      tools: listOf(z.looseObject({ function: namedSchema.optional() })),
    }),
  }),
]);

const formatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  // Together's and Fireworks' form of a reply that fits a schema.
  z.object({ type: z.literal('json_object'), schema: z.unknown().optional() }),
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
  functions: listOf(functionSchema).nullish(),
  function_call: z.union([z.enum(['auto', 'none']), namedSchema]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: formatSchema.nullish(),
  n: z.literal(1).nullish(),
  logprobs: z.literal(false).nullish(),
  modalities: z.tuple([z.literal('text')]).nullish(),
  audio: z.null().optional(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
});

/** Each of them is looked for in the whole reply. */
const maxStopSequences = 16;

/** Why there is no reply, and the parameter that is at fault. */
export interface StubProblem {
  readonly message: string;
  readonly param: string | null;
}

/** The fields of a Chat Completions request that Stub uses. */
export interface StubRequest {
  readonly model: string;
  readonly messages: readonly StubMessage[];
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly tools: readonly StubTool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  readonly parallelToolCalls: boolean;
  /** Whether the tools are `functions`, and a call is the reply's `function_call`. */
  readonly hasLegacyFunctions: boolean;
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

/** Parses a request's body. */
export function parseStubRequest(body: string): StubRequest | StubProblem {
  const parsed = chatSchema.safeParse(parseJson(body));
  if (!parsed.success) return describeStubIssue(parsed.error.issues[0]?.path ?? []);
  const { data } = parsed;
  if (data.messages.length === 0) return { message: 'messages is empty.', param: 'messages' };
  if ((data.stop?.length ?? 0) > maxStopSequences) {
    return { message: `stop has more than ${maxStopSequences} sequences.`, param: 'stop' };
  }
  const functions = data.functions ?? [];
  const defined = [...functions, ...(data.tools ?? []).flatMap((tool) => tool?.function ?? [])];
  const { tools, toolChoice } = chooseAllowed(
    defined.map(({ name, parameters }) => ({ name, parameters })),
    data.tool_choice ?? data.function_call,
  );
  const isFunctionCall = data.tool_choice == null && data.function_call != null;
  const fields = isFunctionCall ? (['functions', 'function_call'] as const) : (['tools', 'tool_choice'] as const);
  return (
    findToolChoiceProblem(toolChoice, tools, fields) ?? {
      model: data.model,
      messages: data.messages.map(toMessage),
      maxTokens: data.max_tokens ?? data.max_completion_tokens ?? undefined,
      stop: (data.stop ?? []).filter((sequence) => sequence !== ''),
      tools,
      toolChoice,
      parallelToolCalls: functions.length === 0 && (data.parallel_tool_calls ?? true),
      hasLegacyFunctions: functions.length > 0,
      responseFormat: data.response_format ?? { type: 'text' },
      stream: data.stream ?? false,
      includeUsage: data.stream_options?.include_usage ?? false,
    }
  );
}

/** Describes what is wrong with the shape of a body. */
function describeStubIssue(path: readonly PropertyKey[]): StubProblem {
  const keys = path.map((key) => (typeof key === 'number' ? key : String(key)));
  const message = `${keys.join('.') || 'The body'} is not what Stub can read.`;
  return { message, param: keys.length === 0 ? null : formatFieldPath(keys) };
}

function toMessage({ role, content, tool_calls, function_call }: z.infer<typeof messageSchema>): StubMessage {
  const calls = (tool_calls ?? []).map((call) => call.function);
  return { role, text: content, toolCalls: function_call ? [...calls, function_call] : calls };
}

type Choice = z.infer<typeof toolChoiceSchema> | z.infer<typeof namedSchema> | null | undefined;

function chooseAllowed(tools: readonly StubTool[], choice: Choice): Pick<StubRequest, 'tools' | 'toolChoice'> {
  if (typeof choice !== 'object' || choice === null) return { tools, toolChoice: choice ?? 'auto' };
  if (!('allowed_tools' in choice)) {
    return { tools, toolChoice: { name: 'function' in choice ? choice.function.name : choice.name } };
  }
  const { mode, tools: allowed } = choice.allowed_tools;
  const names = new Set(allowed.map((tool) => tool.function?.name));
  return { tools: tools.filter(({ name }) => names.has(name)), toolChoice: mode };
}

function findToolChoiceProblem(
  choice: StubRequest['toolChoice'],
  tools: readonly StubTool[],
  [list, param]: readonly [list: string, param: string],
): StubProblem | undefined {
  if (choice === 'auto' || choice === 'none') return undefined;
  if (tools.length === 0) {
    return { message: `${param} asks for a tool to be called, but ${list} is empty.`, param };
  }
  if (choice === 'required' || tools.some(({ name }) => name === choice.name)) return undefined;
  return { message: `${param} names ${choice.name}, which is not among ${list}.`, param };
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
