import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { ScriptedChunk, ScriptedReply } from './case.ts';

/** A request that the scripted provider received. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server in the place of any provider. It answers each POST with the reply that was set last. */
export interface ScriptedProvider {
  readonly url: string;
  /** Sets the reply and forgets the requests so far. */
  setReply(reply: ScriptedReply): void;
  readonly requests: readonly ReceivedRequest[];
  /** Requests that followed a redirect to another origin. */
  readonly requestsToOtherOrigin: number;
  /** Bytes of the last reply that the gateway's connection took. */
  readonly bytesWritten: number;
  stop(): void;
}

const redirectOrigin = 'http://localhost:9231';

/** Starts the provider, and the other origin that its redirects point to. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  let reply: ScriptedReply = { status: 500, body: 'no reply is set' };
  let requests: ReceivedRequest[] = [];
  let requestsToOtherOrigin = 0;
  let bytesWritten = 0;
  const other = createServer((request, response) => {
    requestsToOtherOrigin += 1;
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  const otherUrl = await listen(other);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    requests.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    const before = request.socket.bytesWritten;
    response.on('close', () => {
      bytesWritten = request.socket.bytesWritten - before;
    });
    await play(reply, response, otherUrl);
  });
  const url = await listen(server);
  return {
    url,
    setReply(next) {
      reply = next;
      requests = [];
      requestsToOtherOrigin = 0;
      bytesWritten = 0;
    },
    get requests() {
      return requests;
    },
    get requestsToOtherOrigin() {
      return requestsToOtherOrigin;
    },
    get bytesWritten() {
      return bytesWritten;
    },
    stop() {
      for (const one of [server, other]) {
        one.close();
        one.closeAllConnections();
      }
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function play(reply: ScriptedReply, response: ServerResponse, otherUrl: string): Promise<void> {
  const { status = 200, headers = {}, headerDelayMs = 0, chunks, delayMs = 0, b64, json, body } = reply;
  await setTimeout(headerDelayMs);
  const entries = Object.entries(headers).map(([name, value]) => [name, value.replace(redirectOrigin, otherUrl)]);
  response.writeHead(status, Object.fromEntries(entries)).flushHeaders();
  response.socket?.setNoDelay(true);
  for (const { text, pauseMs } of chunks ? expand(chunks, delayMs) : []) {
    if (response.destroyed) return;
    if (!response.write(b64 ? Buffer.from(text, 'base64') : text)) await drained(response);
    await setTimeout(pauseMs);
  }
  response.end(chunks ? '' : json === undefined ? (body ?? '') : JSON.stringify(json));
}

function* expand(chunks: readonly ScriptedChunk[], delayMs: number) {
  for (const chunk of chunks) {
    const { repeat, times, everyMs = 0 } = typeof chunk === 'string' ? { repeat: chunk, times: 1 } : chunk;
    for (let index = 0; index < times; index += 1) yield { text: repeat, pauseMs: Math.max(delayMs, everyMs) };
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve).once('close', resolve);
  });
}
