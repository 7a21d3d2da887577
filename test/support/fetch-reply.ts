import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** Shorter bodies are written before a refusal can break the connection. */
const minLongBody = 2 ** 20;
/** Longer than the Worker takes to refuse a body by its length. */
const maxRefusalMs = 3_000;

/**
 * Fetches with a body whose length the Worker may reject. The Worker then closes the connection, and a client that still writes
 * loses the reply. A long body is therefore sent only if no reply to its headers has come in time.
 */
export async function fetchReply(url: string, init: RequestInit): Promise<Response> {
  const { body, method = 'GET' } = init;
  if (typeof body !== 'string' || body.length < minLongBody) return await fetch(url, init);
  const headers = { ...Object.fromEntries(new Headers(init.headers)), 'content-length': Buffer.byteLength(body) };
  const sent = request(url, { method, headers });
  const replied = once(sent, 'response') as Promise<[IncomingMessage]>;
  sent.flushHeaders();
  const isRefused = await Promise.race([replied.then(() => true), setTimeout(maxRefusalMs, false)]);
  if (!isRefused) sent.end(body);
  const [reply] = await replied;
  const replyHeaders = Object.entries(reply.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const replyText = await text(reply);
  sent.destroy();
  return new Response(replyText, { status: reply.statusCode ?? 0, headers: replyHeaders });
}
