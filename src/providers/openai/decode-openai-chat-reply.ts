/** A Chat Completions reply, whole or a chunk of it, as far as it is read here. */
export interface OpenAiChatReply {
  readonly model?: string | undefined;
  readonly choices?: readonly ChatChoice[] | undefined;
  readonly usage?: unknown;
  readonly service_tier?: string | undefined;
  readonly error?: unknown;
}

interface ChatChoice {
  readonly index?: number | undefined;
  readonly message?: OpenAiReplyMessage | undefined;
  readonly delta?: OpenAiReplyMessage | undefined;
  readonly finish_reason?: string | undefined;
}

/** A message, or the part of one that a chunk brings. */
export interface OpenAiReplyMessage {
  readonly content?: string | undefined;
  readonly refusal?: string | undefined;
  /** DeepSeek, xAI and others. */
  readonly reasoning_content?: string | undefined;
  /** OpenRouter, Groq and others. */
  readonly reasoning?: string | undefined;
  readonly tool_calls?: readonly OpenAiToolCall[] | undefined;
  /** What tool calls were before there could be several. */
  readonly function_call?: ChatFunction | undefined;
  /** Whether it shows what is billed beside its tokens: pages of a search, audio, or pictures. */
  readonly hasBilledExtras: boolean;
}

export interface OpenAiToolCall {
  readonly index?: number | undefined;
  readonly id?: string | undefined;
  readonly function?: ChatFunction | undefined;
}

interface ChatFunction {
  readonly name?: string | undefined;
  /** JSON text. */
  readonly arguments?: string | undefined;
}

/**
 * Reads a reply of OpenAI or of a vendor that takes liberties: nothing is required, and what has another shape counts as
 * absent. Undefined where it is no object at all. By hand, for every chunk of every stream is read by it, and a schema of the
 * same took half of a stream's cost.
 */
export function decodeOpenAiChatReply(value: unknown): OpenAiChatReply | undefined {
  if (!isRecord(value)) return undefined;
  const { model, choices, usage, service_tier, error } = value;
  return {
    model: asNonEmptyString(model),
    choices: list(choices, readChoice),
    usage,
    service_tier: asNonEmptyString(service_tier),
    error,
  };
}

function readChoice(value: Fields): ChatChoice {
  const { index, message, delta, finish_reason } = value;
  return {
    index: Number.isSafeInteger(index) ? (index as number) : undefined,
    message: isRecord(message) ? readMessage(message) : undefined,
    delta: isRecord(delta) ? readMessage(delta) : undefined,
    finish_reason: asNonEmptyString(finish_reason),
  };
}

function readMessage(value: Fields): OpenAiReplyMessage {
  const { content, refusal, reasoning_content, reasoning, tool_calls, function_call, annotations, audio, images } =
    value;
  return {
    content: typeof content === 'string' ? content : textOfParts(content),
    refusal: asNonEmptyString(refusal),
    reasoning_content: asNonEmptyString(reasoning_content),
    reasoning: asNonEmptyString(reasoning),
    tool_calls: list(tool_calls, readToolCall),
    function_call: isRecord(function_call) ? readFunction(function_call) : undefined,
    hasBilledExtras: isRecord(audio) || (Array.isArray(images) && images.length > 0) || citesPages(annotations),
  };
}

function citesPages(annotations: unknown): boolean {
  return Array.isArray(annotations) && annotations.some((one) => isRecord(one) && one.type === 'url_citation');
}

/** Some vendors write content as parts, as it stands in requests. */
function textOfParts(content: unknown): string | undefined {
  return list(content, ({ text }) => asNonEmptyString(text) ?? '')?.join('');
}

function readToolCall(value: Fields): OpenAiToolCall {
  const { index, id, function: called } = value;
  return {
    index: Number.isSafeInteger(index) && (index as number) >= 0 ? (index as number) : undefined,
    id: asNonEmptyString(id),
    function: isRecord(called) ? readFunction(called) : undefined,
  };
}

/** Some vendors write the arguments as the object itself. */
function readFunction({ name, arguments: value }: Fields): ChatFunction {
  const text = typeof value === 'string' ? value : isRecord(value) ? JSON.stringify(value) : undefined;
  return { name: asNonEmptyString(name), arguments: text };
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of objects; absent where anything in it is something else. */
function list<T>(value: unknown, read: (item: Fields) => T): T[] | undefined {
  return Array.isArray(value) && value.every(isRecord) ? value.map(read) : undefined;
}

/** Text, or nothing: null, an empty string and what is no text at all count as nothing. */
function asNonEmptyString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The first choice: the gateway asks for one, and further ones are not its caller's. */
export function getFirstChoice(reply: OpenAiChatReply): ChatChoice | undefined {
  return reply.choices?.find(({ index = 0 }) => index === 0);
}

/** The tool calls of a message, a legacy function call among them. */
export function getToolCalls({ tool_calls = [], function_call }: OpenAiReplyMessage): readonly OpenAiToolCall[] {
  return function_call ? [...tool_calls, { id: undefined, index: undefined, function: function_call }] : tool_calls;
}

/** An id for a call that its vendor gave none. Unique, for conversations are refused where two calls share one. */
export function createToolCallId(): string {
  return `call_${crypto.randomUUID().replaceAll('-', '')}`;
}
