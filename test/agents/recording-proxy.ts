import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';

/** A request of a client and its reply. */
export interface RecordedExchange {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** 0 until the reply begins. */
  status: number;
  responseHeaders: Readonly<Record<string, string>>;
  responseBody: string;
}

/** A proxy that records requests and replies. */
export interface RecordingProxy {
  readonly url: string;
  readonly exchanges: readonly RecordedExchange[];
  forget(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of this machine before the server at `targetUrl`. */
export async function startRecordingProxy(targetUrl: string): Promise<RecordingProxy> {
  const exchanges: RecordedExchange[] = [];
  const server = createServer((request, response) => void pass(request, response, targetUrl, exchanges));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    exchanges,
    forget: () => {
      exchanges.length = 0;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  targetUrl: string,
  exchanges: RecordedExchange[],
): Promise<void> {
  const { method = 'GET', url: path = '/' } = request;
  const body = await readAll(request);
  const exchange: RecordedExchange = {
    method,
    path,
    headers: toRecord(request.headers),
    body: body.toString(),
    status: 0,
    responseHeaders: {},
    responseBody: '',
  };
  exchanges.push(exchange);
  // Requests an uncompressed reply, which can be recorded as text.
  const { host: _, 'accept-encoding': __, ...headers } = request.headers;
  const upstream = forward(new URL(path, targetUrl), { method, headers });
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  upstream.on('response', (reply) => {
    exchange.status = reply.statusCode ?? 0;
    exchange.responseHeaders = toRecord(reply.headers);
    response.writeHead(exchange.status, reply.headers);
    reply.on('data', (bytes: Buffer) => {
      exchange.responseBody += bytes.toString();
    });
    reply.on('error', () => response.destroy());
    reply.pipe(response);
  });
  upstream.end(body);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function toRecord(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
