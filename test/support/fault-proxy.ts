import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/**
 * How a service misbehaves. `refuse`: it takes no request. `hang`: it never answers. `slow`: it answers somewhat late,
 * `late`: much too late. `lock`: it answers `select 1` at once, and anything else after seconds. `lose`: it does what it is asked, and its answer is lost. `error`: it answers with an error.
 */
export type Fault = 'none' | 'refuse' | 'hang' | 'slow' | 'late' | 'lock' | 'lose' | 'error';

/** Stands before a service that speaks HTTP. */
export interface FaultProxy {
  readonly url: string;
  fault: Fault;
  /** How many requests have come. */
  readonly requests: number;
  close(): void;
}

const delaysMs: Partial<Record<Fault, number>> = { slow: 120, late: 600, lock: 4_000 };

/** Passes everything on to `target`, unless it is told to fail. */
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
  // Its clients keep their connections.
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
