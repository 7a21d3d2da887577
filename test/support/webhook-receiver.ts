import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A received request. */
export interface ReceivedWebhook {
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The unchanged body. */
  readonly body: string;
}

export interface WebhookReceiver {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A server that receives webhooks. The path selects the reply, and its remaining part is free, so that each test can use
 * its own path: `/ok/…`, `/status/500/…`, `/fails/2/…` (500 for so many times), `/redirect/…` (to `/ok/redirected/…`),
 * `/wait/60/…` (429 with Retry-After), `/slow/…` (no answer). `GET /_seen?path=…` lists the requests to a path.
 */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => void handle(request, response, received));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, received: ReceivedWebhook[]): Promise<void> {
  const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (path === '/_seen') {
    const matching = received.filter((webhook) => webhook.path === searchParams.get('path'));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(matching));
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  received.push({ path, headers, body: Buffer.concat(chunks).toString() });
  answer(path, response, received.filter((webhook) => webhook.path === path).length);
}

function answer(path: string, response: ServerResponse, times: number): void {
  const [, kind, argument = '', ...rest] = path.split('/');
  if (kind === 'slow') return;
  if (kind === 'redirect') response.setHeader('location', `/ok/redirected/${[argument, ...rest].join('/')}`);
  if (kind === 'wait') response.setHeader('retry-after', argument);
  response.writeHead(statusOf(kind, Number(argument), times)).end('what a receiver writes');
}

function statusOf(kind: string | undefined, argument: number, times: number): number {
  if (kind === 'status') return argument;
  if (kind === 'redirect') return 307;
  if (kind === 'wait') return 429;
  return kind === 'fails' && times <= argument ? 500 : 200;
}
