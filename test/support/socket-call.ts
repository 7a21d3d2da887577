import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

/** The bytes of one socket read, including headers and framing. */
export interface SocketRead {
  /** Milliseconds since the start of the call. */
  readonly atMs: number;
  readonly text: string;
}

export interface SocketCallOptions {
  readonly path?: '/stream' | '/api/chat/completions' | '/v1/chat/completions' | '/v1/messages' | '/v1/responses';
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call over its own connection, observed at its socket. */
export interface SocketCall {
  /** The reads of the socket in order. */
  readonly reads: readonly SocketRead[];
  /** Resolves with the headers of the reply and its unread body. Rejects if the call ends before. */
  readonly response: Promise<IncomingMessage>;
  /** Resolves when the connection is open and the request has been sent. */
  readonly sent: Promise<void>;
  /** Reads the reply to its end. */
  text(): Promise<string>;
  /** Closes the connection. */
  leave(): void;
  /** Closes it by a TCP reset, which the peer detects without writing. */
  reset(): void;
}

/** Posts a call to a gateway. */
export function openSocketCall(url: string, { path = '/stream', key, body, headers }: SocketCallOptions): SocketCall {
  const startedAt = performance.now();
  const reads: SocketRead[] = [];
  const outgoing = request(new URL(path, url), {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
  });
  let socket: Socket | undefined;
  outgoing.on('socket', (opened) => {
    socket = opened.on('data', (bytes: Buffer) => {
      reads.push({ atMs: performance.now() - startedAt, text: bytes.toString() });
    });
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject);
  });
  response.catch(() => undefined);
  const sent = new Promise<void>((resolve) => outgoing.end(JSON.stringify(body), () => resolve()));
  return {
    reads,
    response,
    sent,
    async text() {
      return await readToEnd(await response);
    },
    leave: () => outgoing.destroy(),
    reset: () => socket?.resetAndDestroy(),
  };
}

async function readToEnd(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
