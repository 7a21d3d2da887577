import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** A proxy that counts its connections. */
export interface CountingProxy {
  readonly url: string;
  readonly connections: number;
  close(): void;
}

/**
 * Starts a proxy in front of the server at `url` and keeps its path. The end mark of a body is delayed, as if it arrived in a
 * separate packet.
 */
export async function startCountingProxy(url: string, endLagMs: number): Promise<CountingProxy> {
  const { hostname, port, pathname } = new URL(url);
  const sockets = new Set<{ destroy(): unknown }>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (client) => {
    connections += 1;
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(delayEnd(endLagMs)).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}${pathname === '/' ? '' : pathname}`,
    get connections() {
      return connections;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const endOfBody = '\r\n0\r\n\r\n';

function delayEnd(ms: number): Transform {
  return new Transform({
    async transform(bytes: Buffer, _, done) {
      const end = bytes.length - (bytes.toString('latin1').endsWith(endOfBody) ? endOfBody.length - 2 : 0);
      this.push(bytes.subarray(0, end));
      if (end < bytes.length) {
        await setTimeout(ms);
        this.push(bytes.subarray(end));
      }
      done();
    },
  });
}
