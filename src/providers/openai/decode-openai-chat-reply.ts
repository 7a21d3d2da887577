import { decodeTextParts, decodeThinkingParts } from './decode-openai-content-parts.ts';
import { readBaseResponseError } from './read-base-response-error.ts';

/** A Chat Completions reply, whole or a chunk of it, as far as it is read here. */
export interface OpenAiChatReply {
  readonly model?: string | undefined;
  readonly choices?: readonly ChatChoice[] | undefined;
  /** OpenAI's, else Groq's own. */
  readonly usage?: unknown;
  readonly service_tier?: string | undefined;
  readonly error?: unknown;
}

interface ChatChoice {
  readonly index?: number | undefined;
  readonly message?: OpenAiReplyMessage | undefined;
  readonly delta?: OpenAiReplyMessage | undefined;
  readonly finish_reason?: string | undefined;
  /** Moonshot counts the tokens of a stream here. */
  readonly usage?: unknown;
}

/** A message, or the part of one that a chunk brings. */
export interface OpenAiReplyMessage {
  readonly content?: string | undefined;
  readonly refusal?: string | undefined;
  /** DeepSeek, xAI and others; of Mistral the thinking among the parts of the content. */
  readonly reasoning_content?: string | undefined;
  /** OpenRouter, Groq and others. */
  readonly reasoning?: string | undefined;
  readonly tool_calls?: readonly OpenAiToolCall[] | undefined;
  /** Gemini's signature of the text. */
  readonly thoughtSignature?: string | undefined;
  /** What tool calls were before there could be several. */
  readonly function_call?: ChatFunction | undefined;
  /** Whether it shows what is billed beside its tokens: pages of a search, audio, or pictures. */
  readonly hasBilledExtras: boolean;
}

export interface OpenAiToolCall {
  readonly index?: number | undefined;
  readonly id?: string | undefined;
  readonly function?: ChatFunction | undefined;
  readonly thoughtSignature?: string | undefined;
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
  const { model, choices, usage, service_tier, error, x_groq, base_resp } = value;
  const groq = isRecord(x_groq) ? x_groq : undefined;
  const reply = {
    model: asNonEmptyString(model),
    choices: list(choices, readChoice),
    usage: usage ?? groq?.usage,
    service_tier: asNonEmptyString(service_tier),
    // Groq's says why it has stopped a stream early.
    error: error ?? groq?.error ?? (base_resp === undefined ? undefined : readBaseResponseError(base_resp)),
  };
  return reply.error && reply.choices && isEmptyError(reply.error) ? { ...reply, error: undefined } : reply;
}

/** Some vendors send an error that says nothing beside every choice. */
function isEmptyError(error: unknown): boolean {
  return isRecord(error) && Object.values(error).every((value) => value === null || value === '' || value === 0);
}

function readChoice(value: Fields): ChatChoice {
  const { index, message, delta, finish_reason, usage } = value;
  return {
    index: Number.isSafeInteger(index) ? (index as number) : undefined,
    message: isRecord(message) ? readMessage(message) : undefined,
    delta: isRecord(delta) ? readMessage(delta) : undefined,
    finish_reason: asNonEmptyString(finish_reason),
    usage,
  };
}

function readMessage(value: Fields): OpenAiReplyMessage {
  const { content, refusal, reasoning_content, reasoning, tool_calls, function_call, annotations, audio, images } =
    value;
  const isText = typeof content === 'string';
  return {
    content: isText ? content : decodeTextParts(content),
    refusal: asNonEmptyString(refusal),
    reasoning_content: asNonEmptyString(reasoning_content),
    // Not as `reasoning_content`: the vendors that write parts take none back.
    reasoning: asNonEmptyString(reasoning) ?? (isText ? undefined : decodeThinkingParts(content)),
    // Some vendors write a single call without its list.
    tool_calls: list(isRecord(tool_calls) ? [tool_calls] : tool_calls, readToolCall),
    function_call: isRecord(function_call) ? readFunction(function_call) : undefined,
    thoughtSignature: readThoughtSignature(value) ?? findPartSignature(content),
    hasBilledExtras: isRecord(audio) || (Array.isArray(images) && images.length > 0) || citesPages(annotations),
  };
}

function citesPages(annotations: unknown): boolean {
  return Array.isArray(annotations) && annotations.some((one) => isRecord(one) && one.type === 'url_citation');
}

/** Source: ai.google.dev, "Thought signatures", OpenAI compatibility. */
function readThoughtSignature({ extra_content: extra }: Fields): string | undefined {
  if (!isRecord(extra) || !isRecord(extra.google)) return undefined;
  return asNonEmptyString(extra.google.thought_signature);
}

function findPartSignature(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  return content.map((part) => (isRecord(part) ? readThoughtSignature(part) : undefined)).find(Boolean);
}

function readToolCall(value: Fields): OpenAiToolCall {
  const { index, id, function: called, custom } = value;
  return {
    index: Number.isSafeInteger(index) && (index as number) >= 0 ? (index as number) : undefined,
    id: asNonEmptyString(id),
    function: isRecord(called) ? readFunction(called) : isRecord(custom) ? readCustomTool(custom) : undefined,
    thoughtSignature: readThoughtSignature(value),
  };
}

/** Only a request that is passed through can have custom tools: their input is any text. */
function readCustomTool({ name, input }: Fields): ChatFunction {
  return readFunction({ name, arguments: input });
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

/** The objects of a list. What else is in it says nothing, and does not take them along. */
function list<T>(value: unknown, read: (item: Fields) => T): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: T[] = [];
  for (const item of value) if (isRecord(item)) items.push(read(item));
  return items;
}

/** Text, or nothing: null, an empty string and what is no text at all count as nothing. */
function asNonEmptyString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The choice that is read: the first. Of a reply that has no choice of index 0, the one that comes first. */
export function getFirstChoice(reply: OpenAiChatReply): ChatChoice | undefined {
  return getChoiceAtZero(reply) ?? reply.choices?.[0];
}

/** The choice of index 0. A chunk of a stream of several choices may be without it. */
export function getChoiceAtZero({ choices }: OpenAiChatReply): ChatChoice | undefined {
  return choices?.find(({ index = 0 }) => index === 0);
}

/** The tool calls of a message, a legacy function call among them. */
export function getToolCalls({ tool_calls = [], function_call }: OpenAiReplyMessage): readonly OpenAiToolCall[] {
  return function_call ? [...tool_calls, { id: undefined, index: undefined, function: function_call }] : tool_calls;
}

/** What is called `reasoning_content` can be sent back under that name. */
export function markReturnable({ reasoning_content }: OpenAiReplyMessage): { readonly isReturnable?: true } {
  return reasoning_content === undefined ? {} : { isReturnable: true };
}
