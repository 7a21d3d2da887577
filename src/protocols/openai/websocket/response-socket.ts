import { GatewayError, toGatewayError } from '../../../domain/errors.ts';
import type { StreamEnd } from '../../../domain/stream-end.ts';
import type { HttpContext } from '../../../http/context.ts';
import { SubrequestCounter } from '../../../lib/subrequest-counter.ts';
import type { RouteDependencies } from '../../protocol-route.ts';
import { encodeSocketError } from './encode-socket-error.ts';
import { parseClientMessage, parseResponseCreate, parseStreamId } from './parse-response-create.ts';
import { SendPacer } from './send-pacer.ts';
import type { SocketResponses } from './socket-memory.ts';
import { runSocketTurn } from './socket-turn.ts';

/** As of OpenAI. */
const maxAgeMs = 60 * 60_000;
/** The runtime has no pings: a client that is gone without a word shows in its silence only. */
const maxIdleMs = 15 * 60_000;
/** Most checks find a principal that is remembered: they ask nothing of Postgres. */
const checkEveryMs = 500;
const maxWaiting = 16;
const maxWaitingLength = 10 * 1024 * 1024;
/** What a turn may need, and what its end may need: no turn starts with less, and none goes on with less. */
const turnSubrequests = 20;
const endSubrequests = 8;

/** Close codes of RFC 6455, and 1013 of IANA's registry. */
const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  abnormal: 1006,
  policyViolation: 1008,
  tryAgainLater: 1013,
};

interface ResponseSocketOptions extends Pick<RouteDependencies, 'dispatch' | 'maxSubrequests'> {
  readonly context: HttpContext;
  readonly socket: WebSocket;
  readonly responses: SocketResponses;
  readonly now: () => number;
}

/**
 * One WebSocket connection: its turns, one after the other, and its limits. It ends with the client, with its API key, after 60
 * minutes, or when a platform's limit is near.
 */
export class ResponseSocket {
  readonly #options: ResponseSocketOptions;
  readonly #subrequests = new SubrequestCounter();
  readonly #openedAtMs: number;
  readonly #ended = Promise.withResolvers<StreamEnd>();
  readonly #abort = new AbortController();
  readonly #waiting: string[] = [];
  readonly #pacer: SendPacer;
  #isRunning = false;
  /** Whether the last turn was answered: a client that goes on then has read it. */
  #isComplete = false;
  #activeAtMs: number;
  #end: StreamEnd | undefined;

  constructor(options: ResponseSocketOptions) {
    this.#options = options;
    this.#openedAtMs = options.now();
    this.#pacer = new SendPacer(options.now);
    this.#activeAtMs = this.#openedAtMs;
  }

  /** Resolves when the connection and its last turn have ended. Never rejects. */
  get ended(): Promise<StreamEnd> {
    return this.#ended.promise;
  }

  /** Accepts the connection. */
  open(): void {
    const { socket } = this.#options;
    socket.accept();
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    // A client that closes gets an error event as well, after this one.
    socket.addEventListener('close', ({ code }) => {
      const isComplete = code !== closeCodes.abnormal && !this.#isRunning;
      this.#finish({ outcome: isComplete ? 'completed' : 'client_disconnected' });
      this.#close(closeCodes.normal, '');
    });
    socket.addEventListener('error', () => this.#finish({ outcome: 'client_disconnected' }));
    void this.#subrequests.run(() => this.#watch());
  }

  #receive(data: string | ArrayBuffer | Blob): void {
    if (this.#end) return;
    this.#activeAtMs = this.#options.now();
    if (this.#endIfUnread()) return;
    if (!this.#isRunning && this.#isComplete) this.#pacer.recordSign();
    if (typeof data !== 'string') {
      const error = new GatewayError('invalid_request', 'The message is binary: send JSON in a text message.');
      this.#fail(error, closeCodes.unsupportedData);
      return;
    }
    const waitingLength = this.#waiting.reduce((length, message) => length + message.length, 0);
    const isFull = this.#waiting.length >= maxWaiting || waitingLength + data.length > maxWaitingLength;
    if (isFull && this.#waiting.length > 0) {
      const message = `At most ${maxWaiting} messages and 10 MiB can wait for the turn that runs. Send the next one later.`;
      this.#send(encodeSocketError(new GatewayError('rate_limited', message, { reason: 'websocket_queue_full' })));
      return;
    }
    this.#waiting.push(data);
    if (!this.#isRunning) void this.#subrequests.run(() => this.#runTurns());
  }

  /** Never rejects. */
  async #runTurns(): Promise<void> {
    this.#isRunning = true;
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      if (this.#endIfLimited()) break;
      await this.#runTurn(message);
      this.#activeAtMs = this.#options.now();
    }
    this.#isRunning = false;
    if (this.#end) this.#ended.resolve(this.#end);
    else this.#endIfLimited();
  }

  async #runTurn(message: string): Promise<void> {
    let streamId: string | undefined;
    this.#isComplete = false;
    try {
      const parsed = await parseClientMessage(message);
      streamId = parseStreamId(parsed);
      this.#isComplete = await runSocketTurn(parseResponseCreate(parsed), {
        ...this.#options,
        streamId,
        signal: this.#abort.signal,
        send: (text) => this.#send(text),
        pace: () => this.#pace(),
      });
    } catch (error) {
      this.#send(encodeSocketError(error, { stream_id: streamId }));
    }
  }

  /** Resolves when more may be sent. */
  async #pace(): Promise<void> {
    const { delayMs } = this.#pacer;
    if (!this.#endIfUnread() && delayMs > 0) await this.#wait(delayMs);
  }

  /** Ends a connection whose client does not read. Returns whether it has ended. */
  #endIfUnread(): boolean {
    if (!this.#pacer.isOverdue) return false;
    const problem = 'More than 64 MiB wait for the client to read them.';
    this.#fail(new GatewayError('unavailable', `${problem} Open a new connection.`), closeCodes.tryAgainLater);
    return true;
  }

  /** Never rejects. */
  async #watch(): Promise<void> {
    const { context, maxSubrequests } = this.#options;
    while (await this.#wait(checkEveryMs)) {
      try {
        await context.get('reauthenticate')();
      } catch (thrown) {
        const error = toGatewayError(thrown);
        // While keys cannot be checked, a turn that runs goes on, and each new one is refused, as over HTTP.
        if (error.code !== 'unavailable') this.#fail(error, closeCodes.policyViolation);
      }
      if (!this.#isRunning) this.#endIfLimited();
      else if (this.#subrequests.count + endSubrequests > maxSubrequests) this.#endBySubrequests();
    }
  }

  /** Resolves with whether the connection is still there. */
  async #wait(ms: number): Promise<boolean> {
    await scheduler.wait(ms, { signal: this.#abort.signal }).catch(() => undefined);
    return !this.#end;
  }

  /** Ends a connection that has reached a limit. Returns whether it has ended. */
  #endIfLimited(): boolean {
    const { now, responses, maxSubrequests } = this.#options;
    if (this.#end) return true;
    if (responses.isEvicted) {
      const problem = 'The memory for responses of connections is used up.';
      this.#fail(new GatewayError('unavailable', `${problem} Open a new one.`), closeCodes.tryAgainLater);
    } else if (this.#subrequests.count + turnSubrequests > maxSubrequests) {
      this.#endBySubrequests();
    } else if (now() - this.#openedAtMs >= maxAgeMs) {
      this.#fail(limitReached('60 minutes'), closeCodes.goingAway);
    } else if (now() - this.#activeAtMs >= maxIdleMs && !this.#isRunning) {
      this.#close(closeCodes.normal, 'no message for 15 minutes');
      this.#finish({ outcome: 'completed' });
    }
    return this.#end !== undefined;
  }

  #endBySubrequests(): void {
    this.#fail(limitReached('the subrequests that the platform allows'), closeCodes.goingAway);
  }

  /** Sends an error and closes. */
  #fail(error: GatewayError, code: number): void {
    if (this.#end) return;
    this.#send(encodeSocketError(error));
    this.#close(code, error.code);
    this.#finish({ outcome: 'failed', error });
  }

  #finish(end: StreamEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#waiting.length = 0;
    this.#options.responses.release();
    this.#abort.abort();
    if (!this.#isRunning) this.#ended.resolve(end);
  }

  #send(message: string): void {
    if (this.#end) return;
    this.#pacer.recordSent(message.length);
    this.#attempt(() => this.#options.socket.send(message));
  }

  #close(code: number, reason: string): void {
    this.#attempt(() => this.#options.socket.close(code, reason));
  }

  /** The client may have left in the meantime. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch {
      this.#finish({ outcome: 'client_disconnected' });
    }
  }
}

function limitReached(limit: string): GatewayError {
  const message = `The connection has reached its limit of ${limit}. Open a new one to continue.`;
  return new GatewayError('invalid_request', message, { reason: 'websocket_connection_limit_reached' });
}
