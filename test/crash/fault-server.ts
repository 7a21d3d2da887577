import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Turnstile } from './turnstile.ts';
import type { SendFault } from './worker/send-fault.ts';

/** The points between the gateway, Postgres and the provider at which a job can be hit. */
export type Place =
  | 'after insert'
  | 'before claim'
  | 'after claim'
  | 'during the provider call'
  | 'before the commit'
  | 'after the commit'
  | 'after its answer';

export interface Faults {
  /** Resolves with true after it has killed the Worker, or with false if it does not kill it here. */
  readonly strike: (place: Place) => Promise<boolean>;
  /** Returns the fault for the next messages. */
  readonly send: () => SendFault;
}

/** The endpoint of Postgres, the provider and the control of the queue. Each can kill the Worker before it replies. */
export interface FaultServer {
  readonly url: string;
  /** The number of provider calls by prompt. */
  readonly calls: ReadonlyMap<string, number>;
  /** Admits one job at a time, so that a crash interrupts at most one. */
  readonly turnstile: Turnstile;
  readonly close: () => void;
}

/** Starts the server. It forwards all other statements to the endpoint of the database. */
export async function startFaultServer(databaseUrl: string, faults: Faults): Promise<FaultServer> {
  const calls = new Map<string, number>();
  const turnstile = new Turnstile();
  const server = createServer((request, response) => {
    const handle = request.url?.endsWith('/sql') ? forwardSql : request.url === '/send' ? answerSend : provide;
    handle(request, response).catch(() => response.destroy());
  });
  // The Worker keeps its connections open.
  server.keepAliveTimeout = 0;

  async function forwardSql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const kind = kindOf(body);
    if (kind === 'claim') await turnstile.enter();
    if (kind === 'claim' && (await faults.strike('before claim'))) return;
    if (kind === 'end' && (await faults.strike('before the commit'))) return;
    const { 'content-length': _, connection: __, host: ___, ...headers } = request.headers;
    const answer = await fetch(databaseUrl, { method: 'POST', headers: headers as Record<string, string>, body });
    const text = await answer.text();
    if (kind === 'insert' && (await faults.strike('after insert'))) return;
    if (kind === 'claim' && (await faults.strike('after claim'))) return;
    if (kind === 'end' && (await faults.strike('after the commit'))) return;
    const { rowCount } = JSON.parse(text) as { rowCount?: number };
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(text, async () => {
      if (kind === 'end' && !(await faults.strike('after its answer'))) turnstile.leave();
      if (kind === 'claim' && !rowCount) turnstile.leave();
    });
  }

  async function answerSend(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await read(request);
    response.end(faults.send());
  }

  /** Plays the part of OpenAI's protocol that a job needs. */
  async function provide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { messages } = JSON.parse(await read(request)) as { messages: { content: string }[] };
    const prompt = messages.at(-1)?.content ?? '';
    calls.set(prompt, (calls.get(prompt) ?? 0) + 1);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ choices: [{ index: 0, delta: { content: 'Done: ' } }] }));
    await setTimeout(20);
    if (await faults.strike('during the provider call')) return;
    response.write(event({ choices: [{ index: 0, delta: { content: prompt }, finish_reason: 'stop' }] }));
    response.write(event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } }));
    response.end('data: [DONE]\n\n');
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    turnstile,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Classifies a statement of a job. */
function kindOf(body: string): 'insert' | 'claim' | 'end' | 'other' {
  if (body.includes('INSERT INTO \\"jobs\\"')) return 'insert';
  if (body.includes('attempt_count = attempt_count + 1')) return 'claim';
  return body.includes('INSERT INTO usage_ledger SELECT') ? 'end' : 'other';
}

function event(body: object): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o-mini', ...body })}\n\n`;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
