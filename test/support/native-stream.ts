import type { SocketRead } from './socket-call.ts';

export type NativeEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Parses the events of a native stream, or of a part of one that ends with an event. */
export function parseNativeEvents(text: string): NativeEvent[] {
  const lines = text.split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => JSON.parse(line.slice('data: '.length)));
}

/** The text of a stream's chunks. */
export function joinChunks(events: readonly NativeEvent[]): string {
  return events.map((event) => (event.type === 'chunk' ? event.content : '')).join('');
}

/** The reads that brought exactly one event each, with that event's type. */
export function findSingleEventReads(reads: readonly SocketRead[]): { readonly atMs: number; readonly type: string }[] {
  return reads.flatMap(({ atMs, text }) => {
    const [event, ...more] = parseNativeEvents(text);
    return event !== undefined && more.length === 0 ? [{ atMs, type: event.type }] : [];
  });
}
