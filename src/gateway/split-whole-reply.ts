import { isJson } from '../lib/is-json.ts';
import { NdjsonReader } from '../providers/ndjson-reader.ts';
import { BodyReader, readBody } from './body-reader.ts';
import type { Deadlines } from './deadlines.ts';

const streamType = /^(?:text\/event-stream|application\/(?:x-)?(?:ndjson|jsonl|json-lines|jsonlines))\s*(?:;|$)/i;

/** No first line of a stream is longer. */
const maxFirstLineBytes = 64 * 1024;

/** The reply to a request for a stream. */
export type StreamReply =
  | { readonly type: 'stream'; readonly response: Response }
  | { readonly type: 'whole'; readonly body: Uint8Array<ArrayBuffer> };

/**
 * Reads the reply to a request for a stream where the provider sent it whole: an error under status 200, or a reply of a provider that
 * does not stream. A reply with the content type of a stream is not looked into, so that streams are not touched. A stream with
 * another type by mistake, of events or of JSON lines, stays a stream. Throws as `readBody` does.
 */
export async function splitWholeReply(deadlines: Deadlines, response: Response): Promise<StreamReply> {
  const { body, headers } = response;
  if (!body || streamType.test(headers.get('content-type') ?? '')) return { type: 'stream', response };
  const [probe, copy] = body.tee();
  const reply = new Response(copy, { headers });
  if (await isStream(deadlines, probe)) return { type: 'stream', response: reply };
  return { type: 'whole', body: await readBody(deadlines, reply) };
}

/** A whole reply is one JSON value. JSON lines are told by a first line that is one, with another line behind it. */
async function isStream(deadlines: Deadlines, probe: ReadableStream): Promise<boolean> {
  const reader = new BodyReader(new Response(probe), deadlines);
  const lines = new NdjsonReader();
  const completed: string[] = [];
  let length = 0;
  try {
    for (let bytes = await reader.read(); bytes && length < maxFirstLineBytes; bytes = await reader.read()) {
      length += bytes.byteLength;
      completed.push(...lines.push(bytes));
      const [first] = completed;
      if (first === undefined) continue;
      if (!startsJson(first)) return true;
      if (!isJson(first)) return false;
      if (completed.length > 1) return true;
    }
  } finally {
    await reader.close();
  }
  const [first = '', second] = [...completed, ...lines.end()];
  return !startsJson(first) || (second !== undefined && isJson(first));
}

function startsJson(line: string): boolean {
  return /^\s*[{[]/.test(line);
}
