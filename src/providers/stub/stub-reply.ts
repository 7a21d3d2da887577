import { minimalInstance } from './instance/minimal-instance.ts';
import { splitIntoPieces } from './stub-pieces.ts';
import type { StubMessage, StubRequest } from './stub-request.ts';
import { createStubToolCalls, type StubToolCall } from './stub-tool-calls.ts';

/** What Stub says to a request, and what it counts. One piece is one token, and one chunk of a stream. */
export interface StubReply {
  readonly pieces: readonly string[];
  /** Whether the pieces are a refusal. */
  readonly refused: boolean;
  readonly toolCalls: readonly StubToolCall[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
  readonly promptTokens: number;
  readonly completionTokens: number;
}

type Said = Pick<StubReply, 'refused' | 'toolCalls'> & { readonly text: string };

/**
 * The same request has the same reply, told apart from a model's at a glance: it says whose it is and repeats what was
 * asked, or what a tool has answered. Stop sequences and the bound on tokens cut it as they would cut a model's. What the
 * last of the user's messages holds may change it, until a tool has answered: `[[tool:NAME]]` calls that tool, several of
 * them several tools at once, and `[[refuse]]` makes it refuse. A forced call is made in any case. With a JSON schema the
 * reply is the least value that fits it, and as a JSON object it is `{"reply": …}`. A string says why there is no reply.
 */
export function createStubReply(request: StubRequest): StubReply | string {
  const reported = say(request);
  if (typeof reported === 'string') return reported;
  const promptTokens = request.messages.reduce((sum, message) => sum + tokensOf(message), 0);
  return { ...cutAfter(request.maxTokens, reported), promptTokens };
}

function say(request: StubRequest): Said | string {
  const { asked, results } = lastWords(request.messages);
  if (results.length === 0 && asked.includes('[[refuse]]')) {
    return { text: 'Stub refuses, as it was told to.', refused: true, toolCalls: [] };
  }
  const toolCalls = createStubToolCalls(request, results.length === 0 ? asked : '');
  if (typeof toolCalls === 'string') return toolCalls;
  if (toolCalls.length > 0) return { text: '', refused: false, toolCalls };
  const asNonEmptyString = results.length === 0 ? asked : results.join('\n');
  const text = inFormat(
    `Stub reply to: ${asNonEmptyString.trim() ? asNonEmptyString : '(nothing)'}`,
    request.responseFormat,
  );
  if (text === undefined) return 'Stub finds no value that fits response_format.json_schema.schema.';
  return { text: cutBefore(text, request.stop), refused: false, toolCalls };
}

/** What the user has said last, and what tools have answered since. */
function lastWords(messages: readonly StubMessage[]): { asked: string; results: readonly string[] } {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const results = messages.slice(last + 1).filter(({ role }) => role === 'tool');
  return { asked: messages[last]?.text ?? '', results: results.map(({ text }) => text) };
}

function inFormat(text: string, format: StubRequest['responseFormat']): string | undefined {
  if (format.type === 'text') return text;
  if (format.type === 'json_object') return JSON.stringify({ reply: text });
  const value = minimalInstance(format.json_schema.schema);
  return value === undefined ? undefined : JSON.stringify(value);
}

/** Text is written before calls, and of a call its name before its arguments: a call without its whole name is none. */
function cutAfter(maxTokens = Infinity, { text, refused, toolCalls }: Said): Omit<StubReply, 'promptTokens'> {
  const all = splitIntoPieces(text);
  const pieces = all.slice(0, maxTokens);
  const cutCalls: StubToolCall[] = [];
  let completionTokens = pieces.length;
  let isCut = pieces.length < all.length;
  for (const call of toolCalls) {
    const left = maxTokens - completionTokens;
    const nameTokens = splitIntoPieces(call.name).length;
    const written = splitIntoPieces(call.arguments);
    const kept = written.slice(0, Math.max(0, left - nameTokens));
    isCut ||= kept.length < written.length;
    completionTokens += Math.min(left, nameTokens + kept.length);
    if (nameTokens <= left) cutCalls.push({ ...call, arguments: kept.join('') });
    if (isCut) break;
  }
  const ended = cutCalls.length > 0 ? 'tool_calls' : 'stop';
  return { pieces, refused, toolCalls: cutCalls, completionTokens, finishReason: isCut ? 'length' : ended };
}

function tokensOf({ text, toolCalls }: StubMessage): number {
  const texts = [text, ...toolCalls.flatMap((call) => [call.name, call.arguments])];
  return texts.reduce((sum, written) => sum + splitIntoPieces(written).length, 0);
}

function cutBefore(text: string, stop: readonly string[]): string {
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((position) => position >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}
