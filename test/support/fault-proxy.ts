import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/**
 * The fault of a service. `refuse`: it accepts no request. `hang`: it never replies. `slow`: it replies with a short delay.
 * `late`: it replies much too late. `lock`: it replies to `select 1` at once, and to other statements after seconds. `lose`: it
 * runs the request, and its reply is lost. `error`: it replies with an error.
 */
export type Fault = 'none' | 'refuse' | 'hang' | 'slow' | 'late' | 'lock' | 'lose' | 'error';

/** A proxy in front of an HTTP service. */
export interface FaultProxy {
  readonly url: string;
  fault: Fault;
  /** The number of requests so far. */
  readonly requests: number;
  close(): void;
}

const delaysMs: Partial<Record<Fault, number>> = { slow: 120, late: 600, lock: 4_000 };

/** Starts a proxy that forwards all requests to `target` unless a fault is set. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const { fault } = proxy;
    const body = await text(request);
    if (fault === 'refuse') return request.socket.destroy();
    if (fault === 'hang') return;
    if (fault === 'error') return response.writeHead(500).end('{"error":"ERR out of order"}');
    if (fault !== 'lock' || !body.includes('"select 1"')) await setTimeout(delaysMs[fault] ?? 0);
    try {
      const { host, connection, 'content-length': length, ...headers } = request.headers;
      const init = { method: request.method ?? 'POST', headers: headers as Record<string, string> };
      const answer = await fetch(new URL(request.url ?? '/', target), body === '' ? init : { ...init, body });
      const answered = await answer.text();
      if (fault === 'lose') return response.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answered);
    } catch {
      response.destroy();
    }
  });
  // Its clients keep their connections open.
  server.keepAliveTimeout = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${address.port}`,
    fault: 'none',
    get requests() {
      return requests;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
