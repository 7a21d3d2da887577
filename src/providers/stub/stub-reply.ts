import { findPromptedJson } from './find-prompted-json.ts';
import type { StubMessage, StubRequest } from './parse-stub-request.ts';
import { countPieces, splitIntoPieces } from './stub-pieces.ts';
import { createStubToolCalls, type StubToolCall } from './stub-tool-calls.ts';

/** The most tokens of a reply, as models have one: what the gateway reserves for a model that it does not know. */
const maxReplyTokens = 32_768;

/** What Stub answers to a request, and its token counts. One piece is one token, and one chunk of a stream. */
export interface StubReply {
  readonly pieces: readonly string[];
  /** Whether the pieces are a refusal. */
  readonly refused: boolean;
  readonly toolCalls: readonly StubToolCall[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'function_call';
  readonly promptTokens: number;
  readonly completionTokens: number;
}

type FullReply = Pick<StubReply, 'refused' | 'toolCalls'> & { readonly text: string };

/**
 * Creates the reply to a request, the same each time. It names Stub and repeats the user's last message, or the results of
 * tools. Stop sequences and the bound on tokens cut it as they would cut a model's. The user's last message may change it,
 * until a tool has answered: `[[tool:NAME]]` calls that tool, `[[tool:NAME {"city":"Rome"}]]` with these arguments, several of
 * them several tools at once, and `[[refuse]]` makes Stub refuse. A forced call is made in any case. With a JSON schema the reply
 * is a value that is valid by it. A JSON object without a schema is what the messages show, else `{"reply": …}`. A string says why
 * there is no reply. The model `stub-empty` replies nothing.
 */
export async function createStubReply(request: StubRequest): Promise<StubReply | string> {
  const reply = await composeReply(request);
  if (typeof reply === 'string') return reply;
  const promptTokens = request.messages.reduce((sum, message) => sum + countTokens(message), 0);
  const truncated = truncateReply(reply, request.maxTokens);
  const isLegacyCall = truncated.finishReason === 'tool_calls' && request.hasLegacyFunctions;
  return { ...truncated, ...(isLegacyCall && { finishReason: 'function_call' }), promptTokens };
}

async function composeReply(request: StubRequest): Promise<FullReply | string> {
  if (request.model === 'stub-empty') return { text: '', refused: false, toolCalls: [] };
  const { prompt, toolResults } = findLastTurn(request.messages);
  if (toolResults.length === 0 && prompt.includes('[[refuse]]')) {
    return { text: 'Stub refuses, as it was told to.', refused: true, toolCalls: [] };
  }
  const toolCalls = await createStubToolCalls(request, toolResults.length === 0 ? prompt : '');
  if (typeof toolCalls === 'string') return toolCalls;
  if (toolCalls.length > 0) return { text: '', refused: false, toolCalls };
  const input = toolResults.length === 0 ? prompt : toolResults.join('\n');
  const text = await formatText(`Stub reply to: ${input.trim() ? input : '(nothing)'}`, request);
  if (text === undefined) {
    const { responseFormat } = request;
    const hasField = responseFormat.type === 'json_object' && (responseFormat.schema ?? null) !== null;
    const place = hasField ? 'response_format.schema' : 'the schema in the messages';
    const field = responseFormat.type === 'json_schema' ? 'response_format.json_schema.schema' : place;
    return `Stub finds no value that fits ${field}. Send a smaller or less strict schema.`;
  }
  return { text: truncateBeforeStop(text, request.stop), refused: false, toolCalls };
}

/** The user's last message, and the results of tools since. */
function findLastTurn(messages: readonly StubMessage[]): { prompt: string; toolResults: readonly string[] } {
  const index = messages.findLastIndex(({ role }) => role === 'user');
  const results = messages.slice(index + 1).filter(({ role }) => role === 'tool' || role === 'function');
  return { prompt: messages[index]?.text ?? '', toolResults: results.map(({ text }) => text) };
}

async function formatText(
  text: string,
  { responseFormat: format, messages }: StubRequest,
): Promise<string | undefined> {
  if (format.type === 'text') return text;
  const schema = format.type === 'json_schema' ? format.json_schema.schema : format.schema;
  if ((schema ?? null) !== null) return generateJson(schema);
  const prompted = findPromptedJson(messages);
  if (prompted === undefined) return JSON.stringify({ reply: text });
  return 'schema' in prompted ? await generateJson(prompted.schema) : JSON.stringify(prompted.example);
}

async function generateJson(schema: unknown): Promise<string | undefined> {
  // Loaded with the first schema, so that it costs nothing when an isolate starts.
  const { generateStubValue } = await import('./value/generate-stub-value.ts');
  const value = generateStubValue(schema);
  return value === undefined ? undefined : JSON.stringify(value);
}

/** Text is written before calls, and of a call its name before its arguments: a call without its whole name is none. */
function truncateReply(reply: FullReply, requestedTokens = Infinity): Omit<StubReply, 'promptTokens'> {
  const maxTokens = Math.min(requestedTokens, maxReplyTokens);
  const { text, refused } = reply;
  const textPieces = splitIntoPieces(text, maxTokens + 1);
  const pieces = textPieces.slice(0, maxTokens);
  const toolCalls: StubToolCall[] = [];
  let completionTokens = pieces.length;
  let isCut = pieces.length < textPieces.length;
  for (const call of reply.toolCalls) {
    const remaining = maxTokens - completionTokens;
    const nameTokens = countPieces(call.name);
    const argumentPieces = splitIntoPieces(call.arguments);
    const truncatedPieces = argumentPieces.slice(0, Math.max(0, remaining - nameTokens));
    isCut ||= truncatedPieces.length < argumentPieces.length;
    completionTokens += Math.min(remaining, nameTokens + truncatedPieces.length);
    if (nameTokens <= remaining) toolCalls.push({ ...call, arguments: truncatedPieces.join('') });
    if (isCut) break;
  }
  const finishReason = isCut ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop';
  return { pieces, refused, toolCalls, completionTokens, finishReason };
}

function countTokens({ text, toolCalls }: StubMessage): number {
  const inCalls = toolCalls.reduce((sum, call) => sum + countPieces(call.name) + countPieces(call.arguments), 0);
  return countPieces(text) + inCalls;
}

function truncateBeforeStop(text: string, stop: readonly string[]): string {
  const indexes = stop.map((sequence) => text.indexOf(sequence)).filter((index) => index >= 0);
  return text.slice(0, Math.min(text.length, ...indexes));
}
