import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Sender } from './sender.ts';

/** A received request, accepted or rejected. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON, or the text if it is not JSON. */
  readonly body: unknown;
  /** Whether the client disconnected before the end of its reply. */
  aborted: boolean;
}

/** Records requests and how they end. */
export class RecordedRequests {
  readonly requests: RecordedRequest[] = [];
  readonly #attempts = new Map<string, number>();
  aborted = 0;
  #connections = 0;
  #replies = 0;

  get open(): { connections: number; replies: number } {
    return { connections: this.#connections, replies: this.#replies };
  }

  add(request: Omit<RecordedRequest, 'aborted'> & { readonly body: string }): RecordedRequest {
    const recorded = { ...request, body: parse(request.body), aborted: false };
    this.requests.push(recorded);
    return recorded;
  }

  /** Counts the requests with a mark, including this one. */
  countAttempt(mark: string): number {
    const attempt = (this.#attempts.get(mark) ?? 0) + 1;
    this.#attempts.set(mark, attempt);
    return attempt;
  }

  countConnection(socket: Socket): void {
    this.#connections += 1;
    socket.on('close', () => {
      this.#connections -= 1;
    });
  }

  countReply(request: RecordedRequest, response: ServerResponse, sender: Sender): void {
    this.#replies += 1;
    response.on('close', () => {
      this.#replies -= 1;
      if (response.writableFinished || sender.brokenOff) return;
      request.aborted = true;
      this.aborted += 1;
    });
  }

  forget(): void {
    this.requests.length = 0;
    this.aborted = 0;
  }

  /** Replies with the records by HTTP, for tests in other processes. */
  report(method: string | undefined, containing: string, response: ServerResponse): void {
    if (method === 'DELETE') this.forget();
    const requests = this.requests.filter(({ body }) => JSON.stringify(body).includes(containing));
    // The connection of this request is not counted.
    const open = { ...this.open, connections: this.#connections - 1 };
    const report = JSON.stringify({ requests, open, aborted: this.aborted });
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(report);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
