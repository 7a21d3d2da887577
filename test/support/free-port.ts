import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range of outgoing connections, which might take a port before its server listens. */
const firstPort = 20_000;
const portCount = 10_000;

/** Finds a port of this machine on which nothing listens. */
export async function findFreePort(): Promise<number> {
  const port = firstPort + Math.floor(Math.random() * portCount);
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return await findFreePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}
