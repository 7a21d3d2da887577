import { createParser } from 'eventsource-parser';
import type { ChatBody } from './chat-api-types.ts';
import { parseJsonText } from './json-value.ts';
import { addChunk, emptyReply, parseReplyError, type Reply, readReplyHeaders } from './streamed-reply.ts';

interface SendOptions {
  readonly apiKey: string;
  readonly signal: AbortSignal;
  /** Called with each part of the reply that arrives, and at last with its end. */
  readonly onChange: (reply: Reply) => void;
}

/** A page that has to parse for longer than this lets the browser paint. */
const maxBusyMs = 12;

/** Sends a chat request and follows its reply. Never throws: what goes wrong is in the reply, beside the text that has arrived. */
export async function sendChatBody(body: ChatBody, { apiKey, signal, onChange }: SendOptions): Promise<void> {
  const startedAtMs = performance.now();
  let reply = emptyReply;
  const update = (changes: Partial<Reply>) => {
    reply = { ...reply, ...changes };
    onChange(reply);
  };
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
    update({ headers: readReplyHeaders(response.headers) });
    const firstByte = () => update({ firstByteMs: performance.now() - startedAtMs });
    if (isEventStream(response)) {
      await readEvents(response, firstByte, (chunks) => update(chunks.reduce(addChunk, reply)));
    } else {
      const text = await readText(response, firstByte);
      update(readWholeReply(response, text, reply));
    }
    update(endReply(reply));
  } catch (error) {
    update(signal.aborted ? { status: 'stopped' } : { status: 'failed', error: { message: describeFailure(error) } });
  }
  update({ totalMs: performance.now() - startedAtMs });
}

function isEventStream({ ok, headers }: Response): boolean {
  return ok && (headers.get('content-type') ?? '').startsWith('text/event-stream');
}

function readWholeReply({ ok, status }: Response, text: string, reply: Reply): Partial<Reply> {
  const value = parseJsonText(text);
  if (ok && value !== undefined) return addChunk(reply, value);
  return { status: 'failed', error: ok ? { message: 'The reply is not JSON.' } : parseReplyError(value, status) };
}

/** A stream that ends without a finish reason was cut. */
function endReply({ status, finishReason }: Reply): Partial<Reply> {
  if (status !== 'streaming') return {};
  if (finishReason !== undefined) return { status: 'completed' };
  return { status: 'failed', error: { message: 'The reply broke off before its end.' } };
}

async function readEvents(
  response: Response,
  onFirstByte: () => void,
  onChunks: (chunks: readonly unknown[]) => void,
): Promise<void> {
  let chunks: unknown[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data !== '[DONE]') chunks.push(parseJsonText(data));
    },
  });
  await readBody(response, onFirstByte, (text) => {
    parser.feed(text);
    if (chunks.length === 0) return;
    onChunks(chunks);
    chunks = [];
  });
}

async function readText(response: Response, onFirstByte: () => void): Promise<string> {
  const parts: string[] = [];
  await readBody(response, onFirstByte, (text) => parts.push(text));
  return parts.join('');
}

async function readBody(response: Response, onFirstByte: () => void, onText: (text: string) => void): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let busySinceMs = performance.now();
  for (let isFirst = true; ; isFirst = false) {
    const part = await reader?.read();
    if (!part || part.done) return;
    if (isFirst) onFirstByte();
    onText(part.value);
    if (performance.now() - busySinceMs < maxBusyMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    busySinceMs = performance.now();
  }
}

function describeFailure(error: unknown): string {
  return `The gateway did not answer: ${error instanceof Error ? error.message : String(error)}`;
}
