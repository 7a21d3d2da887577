import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** A proxy in front of a database with Neon's HTTP protocol. It records the statements. */
export interface StatementProxy {
  readonly url: string;
  /** The text of each statement since the start. A batch has one entry for each of its statements. */
  readonly statements: readonly string[];
  close(): void;
}

/** Starts a proxy that forwards all requests to the endpoint at `target`. */
export async function startStatementProxy(target: string): Promise<StatementProxy> {
  const statements: string[] = [];
  const pass = async (request: IncomingMessage) => {
    const body = await text(request);
    const statement = JSON.parse(body) as { query: string } | { queries: { query: string }[] };
    statements.push(...('queries' in statement ? statement.queries : [statement]).map(({ query }) => query));
    const headers = Object.entries(request.headers).filter(([name]) => /^(neon-|content-type)/.test(name));
    return await fetch(target, { method: 'POST', body, headers: headers as [string, string][] });
  };
  const server = createServer(async (request, response) => {
    try {
      const answer = await pass(request);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    } catch {
      response.writeHead(502).end();
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/sql`,
    statements,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
