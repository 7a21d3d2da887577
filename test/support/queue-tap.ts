import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A server that collects every queue message of a tapped Worker. */
export interface QueueTap {
  readonly url: string;
  /** Each with the path of its queue: `/USAGE_QUEUE […]`. */
  readonly messages: readonly string[];
  close(): void;
}

/** Starts the server that TAP_URL of a tapped Worker names. */
export async function startQueueTap(): Promise<QueueTap> {
  const messages: string[] = [];
  const server = createServer(async (request, response) => {
    messages.push(`${request.url} ${await text(request).catch(() => '')}`);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
