import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import worker from '../../src/index.ts';
import { waitFor } from '../support/wait-for.ts';

export type Message = { type: string } & Readonly<Record<string, unknown>>;

const turnEnds = ['response.completed', 'response.incomplete', 'response.failed', 'error'];

interface UpgradeOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Override those of the Worker. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Asks for a WebSocket. */
export async function requestUpgrade({ headers = {}, variables }: UpgradeOptions): Promise<Response> {
  const request = new Request('http://gateway.test/v1/responses', { headers: { upgrade: 'websocket', ...headers } });
  const bindings = variables ? { ...env, ...variables } : env;
  return await worker.fetch(request as Parameters<typeof worker.fetch>[0], bindings, createExecutionContext());
}

/** A client of the WebSocket, and what it gets. */
export class TestSocket {
  readonly messages: Message[] = [];
  readonly #socket: WebSocket;
  #close: { code: number; reason: string } | undefined;
  #read = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.messages.push(JSON.parse(String(data)));
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.#close = { code, reason };
    });
    socket.accept();
  }

  send(message: object | string | ArrayBuffer): void {
    const isRaw = typeof message === 'string' || message instanceof ArrayBuffer;
    try {
      this.#socket.send(isRaw ? message : JSON.stringify(message));
    } catch {
      // The gateway has closed the connection. What it said is read as the next turn.
    }
  }

  /** Sends a `response.create`, and waits for the end of its turn. */
  async create(fields: object): Promise<Message[]> {
    this.send({ type: 'response.create', ...fields });
    return await this.readTurn();
  }

  /** The messages of the next turn. */
  async readTurn(): Promise<Message[]> {
    const start = this.#read;
    const isEnd = ({ type }: Message) => turnEnds.includes(type);
    await waitFor(() => expect(this.messages.slice(start).some(isEnd)).toBe(true), { intervalMs: 5 });
    this.#read = start + this.messages.slice(start).findIndex(isEnd) + 1;
    return this.messages.slice(start, this.#read);
  }

  async readClose(): Promise<{ code: number; reason: string }> {
    return await waitFor(() => this.#close ?? expect.unreachable(), { intervalMs: 5 });
  }

  close(): void {
    this.#socket.close(1000, '');
  }
}

/** Opens a WebSocket with a key. */
export async function openSocket(key: string, options: UpgradeOptions = {}): Promise<TestSocket> {
  const response = await requestUpgrade({ ...options, headers: { 'x-api-key': key, ...options.headers } });
  expect(response.status).toBe(101);
  return new TestSocket(response.webSocket ?? expect.unreachable());
}

/** The headers of a turn, which its first message has. */
export function readHeaders(message: Message | undefined): Readonly<Record<string, string>> {
  return message?.headers as Readonly<Record<string, string>>;
}

/** The response in the last message of a turn. */
export function lastResponse(turn: readonly Message[]) {
  const { type, response } = turn.at(-1) ?? expect.unreachable();
  expect(type).toBe('response.completed');
  return response as { id: string; output: unknown[]; previous_response_id: string | null; store: boolean };
}
