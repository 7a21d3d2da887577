import type { StreamEvent } from '../../../src/domain/response.ts';
import type { StreamDecoder } from '../../../src/providers/provider.ts';

type CreateDecoder = () => StreamDecoder;

/** What a decoder made of a stream: its events, and the error that ended it where one did. */
export interface Decoded {
  readonly events: readonly StreamEvent[];
  readonly error?: unknown;
}

/** Decodes a stream that arrives in the given pieces. */
export function decodePieces(createDecoder: CreateDecoder, pieces: readonly Uint8Array[]): Decoded {
  const decoder = createDecoder();
  const events: StreamEvent[] = [];
  try {
    for (const piece of pieces) decoder.push(piece, events);
    decoder.end(events);
    return { events };
  } catch (error) {
    return { events, error };
  }
}

/** Decodes a stream that arrives at once. */
export function decodeWhole(createDecoder: CreateDecoder, text: string): Decoded {
  return decodePieces(createDecoder, [new TextEncoder().encode(text)]);
}

/** Decodes a stream in every way to cut it in two, and a byte at a time. */
export function decodeEveryCut(createDecoder: CreateDecoder, text: string): Decoded[] {
  const bytes = new TextEncoder().encode(text);
  const inTwo = Array.from(bytes, (_, at) => decodePieces(createDecoder, [bytes.subarray(0, at), bytes.subarray(at)]));
  const oneByOne = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  return [...inTwo, decodePieces(createDecoder, oneByOne)];
}

/** What a client would have put together from the events. */
export function collect(events: readonly StreamEvent[]) {
  const argumentsOf = new Map<number, string>();
  const toolCalls: { id: string; name: string; index: number }[] = [];
  let text = '';
  let reasoning = '';
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'reasoning') reasoning += event.text;
    if (event.type === 'tool_call') toolCalls.push({ id: event.id, name: event.name, index: event.index });
    if (event.type === 'tool_arguments') {
      argumentsOf.set(event.index, (argumentsOf.get(event.index) ?? '') + event.json);
    }
  }
  return {
    text,
    reasoning,
    toolCalls: toolCalls.map(({ index, ...call }) => ({ ...call, argumentsJson: argumentsOf.get(index) })),
    usage: events.findLast((event) => event.type === 'usage')?.usage,
    last: events.at(-1),
  };
}
