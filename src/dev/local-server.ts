import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server of the local stack, reachable from this machine only. */
export interface LocalServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Listens on 127.0.0.1, by default on a free port. The handler responds to each request and never throws. */
export async function startLocalServer(handler: Handler, port = 0): Promise<LocalServer> {
  const server = createServer((request, response) => {
    handler(request, response).catch(() => response.destroy());
  });
  // The Worker reuses its connections. Closing an idle one would fail a request that is already on its way.
  server.keepAliveTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closeEvent = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closeEvent;
    },
  };
}

/** Reads the whole body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Responds with JSON, and never with a CORS header: pages in a browser must not use this server. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
