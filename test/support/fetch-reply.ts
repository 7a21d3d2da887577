import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** Shorter bodies are written before a refusal can break the connection. */
const minLongBody = 2 ** 20;
/** Longer than the Worker takes to refuse a body by its length. */
const maxRefusalMs = 3_000;

/**
 * Fetches with a body that the Worker may refuse by its length. It closes the connection then, and its reply is lost on a client
 * that still writes: a long body follows its headers only where no reply has come by then.
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
