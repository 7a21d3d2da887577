import type { ChatRequest, ContentPart, ToolCall } from '../../domain/request.ts';
import { joinText } from '../../domain/request.ts';
import type { ChatResponse, FinishReason, StreamEvent } from '../../domain/response.ts';
import { compactJson, convertJsonObjects } from '../../lib/exact-json.ts';
import type { StreamDecoder } from '../provider.ts';
import { type ForcedToolCall, keepsFirstCallOnly, planForcedToolCall } from './plan-ollama-tools.ts';

type DecodedRequest = Omit<ChatRequest, 'model'>;

/** Decodes the tool call that a reply was made to be, and leaves out the calls that the client did not want. */
export function decodeOllamaTools(response: ChatResponse, request: DecodedRequest | undefined): ChatResponse {
  if (!request) return response;
  const forced = planForcedToolCall(request);
  if (forced) return decodeForcedCall(response, forced, nextCallId(request));
  return keepsFirstCallOnly(request) ? { ...response, content: removeLaterCalls(response.content) } : response;
}

/** Wraps a decoder where the request wants what `decodeOllamaTools` does of a whole reply. */
export function wrapOllamaDecoder(decoder: StreamDecoder, request: DecodedRequest | undefined): StreamDecoder {
  if (!request) return decoder;
  const forced = planForcedToolCall(request);
  if (forced) {
    const id = nextCallId(request);
    const rewriter =
      forced.reply === 'arguments'
        ? new ArgumentsRewriter(forced.tool.name, id)
        : new NamedCallRewriter(forced.tools, id);
    return new RewritingDecoder(decoder, (event) => rewriter.rewrite(event));
  }
  if (!keepsFirstCallOnly(request)) return decoder;
  return new RewritingDecoder(decoder, (event) => (isOfLaterCall(event) ? [] : [event]));
}

/** Returns the number of the first call of a reply without ids: no other call of the conversation has it. */
export function firstCallNumber(request: DecodedRequest | undefined): number {
  let next = 0;
  for (const { role, content } of request?.messages ?? []) {
    if (role !== 'assistant') continue;
    for (const part of content) {
      const number = part.type === 'tool_call' ? /^call_(\d{1,9})$/.exec(part.id)?.[1] : undefined;
      if (number !== undefined) next = Math.max(next, Number(number) + 1);
    }
  }
  return next;
}

function nextCallId(request: DecodedRequest): string {
  return `call_${firstCallNumber(request)}`;
}

function decodeForcedCall(response: ChatResponse, forced: ForcedToolCall, id: string): ChatResponse {
  const text = joinText(response.content);
  const call =
    forced.reply === 'arguments'
      ? isObjectText(text) && { name: forced.tool.name, argumentsJson: text.trim() }
      : parseNamedCall(text, forced.tools);
  if (!call) return response;
  const others = response.content.filter(({ type }) => type !== 'text');
  return {
    ...response,
    content: [...others, { type: 'tool_call', id, ...call }],
    finishReason: toCallReason(response.finishReason),
  };
}

/** A model that ignores the format writes text, which stays text. */
function isObjectText(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** Returns the call that a reply names; undefined for one that was cut off, and for a tool that does not exist. */
function parseNamedCall(
  text: string,
  tools: readonly { readonly name: string }[],
): Pick<ToolCall, 'name' | 'argumentsJson'> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('name' in parsed)) return undefined;
  const tool = tools.find(({ name }) => name === parsed.name);
  // Arguments become their own text, whose numbers have all their digits.
  convertJsonObjects(text, parsed, [['arguments']], compactJson);
  const argumentsJson = 'arguments' in parsed ? parsed.arguments : undefined;
  return tool && { name: tool.name, argumentsJson: typeof argumentsJson === 'string' ? argumentsJson : '{}' };
}

function toCallReason(reason: FinishReason): FinishReason {
  return reason === 'stop' ? 'tool_calls' : reason;
}

function removeLaterCalls(content: readonly ContentPart[]): ContentPart[] {
  const first = content.find(({ type }) => type === 'tool_call');
  return content.filter((part) => part.type !== 'tool_call' || part === first);
}

function isOfLaterCall(event: StreamEvent): boolean {
  return 'index' in event && event.index > 0;
}

/** Changes the events of a decoder. */
class RewritingDecoder implements StreamDecoder {
  readonly #decoder: StreamDecoder;
  readonly #rewrite: (event: StreamEvent) => readonly StreamEvent[];

  constructor(decoder: StreamDecoder, rewrite: (event: StreamEvent) => readonly StreamEvent[]) {
    this.#decoder = decoder;
    this.#rewrite = rewrite;
  }

  push(bytes: Uint8Array, events: StreamEvent[]): void {
    this.#decode((decoded) => this.#decoder.push(bytes, decoded), events);
  }

  end(events: StreamEvent[], isClean?: boolean): void {
    this.#decode((decoded) => this.#decoder.end(decoded, isClean), events);
  }

  /** The events before an error are valid output. */
  #decode(decode: (events: StreamEvent[]) => void, events: StreamEvent[]): void {
    const decoded: StreamEvent[] = [];
    try {
      decode(decoded);
    } finally {
      for (const event of decoded) events.push(...this.#rewrite(event));
    }
  }
}

/** Makes the text of a stream the arguments of a tool call, piece by piece. */
class ArgumentsRewriter {
  readonly #name: string;
  readonly #id: string;
  /** White space before the first character that shows what the text is. */
  #pending = '';
  #kind: 'unknown' | 'arguments' | 'text' = 'unknown';

  constructor(name: string, id: string) {
    this.#name = name;
    this.#id = id;
  }

  rewrite(event: StreamEvent): readonly StreamEvent[] {
    if (event.type === 'finish' && this.#kind === 'arguments') {
      return [{ ...event, finishReason: toCallReason(event.finishReason) }];
    }
    if (event.type !== 'text' || this.#kind === 'text') return [event];
    if (this.#kind === 'arguments') return [{ type: 'tool_arguments', index: 0, json: event.text }];
    const text = this.#pending + event.text;
    if (text.trim() === '') {
      this.#pending = text;
      return [];
    }
    this.#kind = isObjectText(text) ? 'arguments' : 'text';
    if (this.#kind === 'text') return [{ ...event, text }];
    return [
      { type: 'tool_call', index: 0, id: this.#id, name: this.#name },
      { type: 'tool_arguments', index: 0, json: text.trimStart() },
    ];
  }
}

/** Makes the text of a stream the tool call that it names. Which tool it is shows at its end only. */
class NamedCallRewriter {
  readonly #tools: readonly { readonly name: string }[];
  readonly #id: string;
  #text = '';
  #hasCall = false;

  constructor(tools: readonly { readonly name: string }[], id: string) {
    this.#tools = tools;
    this.#id = id;
  }

  rewrite(event: StreamEvent): readonly StreamEvent[] {
    if (event.type === 'text') {
      this.#text += event.text;
      return [];
    }
    // The count of tokens comes before the end, and stands behind all that it counts.
    if (event.type !== 'usage' && event.type !== 'finish') return [event];
    const output = this.#flush();
    if (event.type === 'usage' || !this.#hasCall) return [...output, event];
    return [...output, { ...event, finishReason: toCallReason(event.finishReason) }];
  }

  #flush(): readonly StreamEvent[] {
    const text = this.#text;
    this.#text = '';
    if (text === '') return [];
    const call = parseNamedCall(text, this.#tools);
    if (!call) return [{ type: 'text', text }];
    this.#hasCall = true;
    return [
      { type: 'tool_call', index: 0, id: this.#id, name: call.name },
      { type: 'tool_arguments', index: 0, json: call.argumentsJson },
    ];
  }
}
