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

const calledSchema = z.object({ name: z.string(), arguments: z.string() });

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: contentSchema,
  tool_calls: listOf(z.object({ function: calledSchema })).nullish(),
  function_call: calledSchema.nullish(),
});

const functionSchema = z.object({ name: z.string().min(1), parameters: z.unknown().optional() });

const toolSchema = z.object({ type: z.literal('function'), function: functionSchema });

const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
]);

const functionChoiceSchema = z.union([z.enum(['auto', 'none']), z.object({ name: z.string() })]);

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
  parallel_tool_calls: z.boolean().nullish(),
  functions: listOf(functionSchema).nullish(),
  function_call: functionChoiceSchema.nullish(),
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
  /** Whether the tools are `functions`, which the reply calls by `function_call`. */
  readonly legacyFunctions: boolean;
  readonly responseFormat: z.infer<typeof formatSchema>;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

type StubBody = z.infer<typeof chatSchema>;
type Calling = Pick<StubRequest, 'tools' | 'toolChoice' | 'parallelToolCalls' | 'legacyFunctions'>;

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
  const calling = toCalling(data);
  return (
    findToolChoiceProblem(data, calling) ?? {
      ...calling,
      model: data.model,
      messages: data.messages.map(toMessage),
      maxTokens: data.max_tokens ?? data.max_completion_tokens ?? undefined,
      stop: (data.stop ?? []).filter((sequence) => sequence !== ''),
      responseFormat: data.response_format ?? { type: 'text' },
      stream: data.stream ?? false,
      includeUsage: data.stream_options?.include_usage ?? false,
    }
  );
}

function toMessage({ role, content, tool_calls, function_call }: z.infer<typeof messageSchema>): StubMessage {
  const toolCalls = (tool_calls ?? []).map((call) => call.function);
  return { role, text: content, toolCalls: function_call ? [...toolCalls, function_call] : toolCalls };
}

/** The tools and their use, in today's words or as `functions`, of which a reply calls one at most. */
function toCalling(data: StubBody): Calling {
  const legacyFunctions = (data.functions ?? []).length > 0;
  if (legacyFunctions) {
    const toolChoice = data.function_call ?? 'auto';
    return { tools: (data.functions ?? []).map(toTool), toolChoice, parallelToolCalls: false, legacyFunctions };
  }
  const tools = (data.tools ?? []).map((tool) => toTool(tool.function));
  const choice = data.tool_choice ?? 'auto';
  const toolChoice = typeof choice === 'object' ? { name: choice.function.name } : choice;
  return { tools, toolChoice, parallelToolCalls: data.parallel_tool_calls ?? true, legacyFunctions };
}

function toTool({ name, parameters }: z.infer<typeof functionSchema>): StubTool {
  return { name, parameters };
}

/** As OpenAI, Stub takes one of the two forms, and a choice only beside what is chosen from. */
function findToolChoiceProblem(data: StubBody, { tools, toolChoice, legacyFunctions }: Calling): string | undefined {
  const [list, choice] = legacyFunctions ? ['functions', 'function_call'] : ['tools', 'tool_choice'];
  if (legacyFunctions && ((data.tools ?? []).length > 0 || (data.tool_choice ?? null) !== null)) {
    return 'functions cannot stand beside tools and tool_choice. Send tools and tool_choice only.';
  }
  if (!legacyFunctions && (data.function_call ?? null) !== null) {
    return 'function_call is only possible with functions. Send functions too, or tool_choice instead.';
  }
  if (toolChoice === 'auto' || toolChoice === 'none') return undefined;
  if (tools.length === 0) return `${choice} asks for a tool to be called, but ${list} is empty.`;
  if (toolChoice === 'required' || tools.some(({ name }) => name === toolChoice.name)) return undefined;
  return `${choice} names ${toolChoice.name}, which is not among ${list}.`;
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
