import type { Client, CombinedError } from '@urql/core';
import { LiveQueue } from './live-rows.ts';
import {
  type RequestFilter,
  RequestsDocument,
  type RequestsQuery,
  RequestsUpdatedDocument,
} from './requests.generated.ts';

interface FollowHandlers {
  /** The newest page of the log, at the start and each time that requests may have been missed. */
  readonly onPage: (page: RequestsQuery['requests']) => void;
  /** Some of the requests that have arrived. */
  readonly onArrival: (arrival: ReturnType<LiveQueue['take']>) => void;
  /** The gateway refuses to go on: there will be no more. */
  readonly onError: (error: CombinedError) => void;
}

/** A burst of requests is shown in parts: up to 64 rows a second, each part in a task of less than 50 ms. */
const maxRowsAtOnce = 8;
const showIntervalMs = 125;
const restartDelayMs = 2_000;
/** By then a subscription has begun, and all that was logged before it can be read. */
const catchUpDelayMs = 1_000;

/**
 * Follows the requests of a filter: the newest page, then those that are logged. Subscribes again where the gateway has ended the
 * subscription, as it does after ten minutes, or the connection broke off. Returns a function that stops it.
 */
export function followRequests(client: Client, filter: RequestFilter, handlers: FollowHandlers): () => void {
  const follower = new RequestFollower(client, filter, handlers);
  follower.start();
  return () => follower.stop();
}

class RequestFollower {
  readonly #client: Client;
  readonly #filter: RequestFilter;
  readonly #handlers: FollowHandlers;
  readonly #queue = new LiveQueue();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #unsubscribe: (() => void) | undefined;
  #isStopped = false;
  #isShowing = false;

  constructor(client: Client, filter: RequestFilter, handlers: FollowHandlers) {
    this.#client = client;
    this.#filter = filter;
    this.#handlers = handlers;
  }

  start(): void {
    this.#readPage();
    this.#subscribe();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe?.();
    for (const timer of this.#timers) clearTimeout(timer);
    if (!this.#queue.isEmpty) this.#handlers.onArrival(this.#queue.take(Number.POSITIVE_INFINITY));
  }

  #subscribe(): void {
    // A subscription begins with now.
    const { since: _since, until: _until, ...filter } = this.#filter;
    const source = this.#client.subscription(RequestsUpdatedDocument, { filter });
    let lastBatch: unknown;
    let isEnded = false;
    const { unsubscribe } = source.subscribe(({ data, error }) => {
      const batch = data?.requestsUpdated;
      // The client repeats the last batch with an error, and both at the end.
      if (batch && batch !== lastBatch) this.#queue.push({ requests: batch.nodes, skipped: batch.skipped });
      lastBatch = batch;
      this.#scheduleShow();
      if (error && !isEnded) this.#onSubscriptionError(error);
      isEnded ||= error !== undefined;
    });
    this.#unsubscribe = unsubscribe;
    this.#later(catchUpDelayMs, () => this.#readPage());
  }

  #onSubscriptionError(error: CombinedError): void {
    if (isTemporary(error)) this.#later(restartDelayMs, () => this.#restart());
    else this.#handlers.onError(error);
  }

  #restart(): void {
    this.#unsubscribe?.();
    this.#subscribe();
  }

  async #readPage(): Promise<void> {
    const variables = { filter: this.#filter, after: null };
    const options = { requestPolicy: 'network-only' } as const;
    const { data, error } = await this.#client.query(RequestsDocument, variables, options).toPromise();
    if (this.#isStopped) return;
    if (data) this.#handlers.onPage(data.requests);
    else if (error && !isTemporary(error)) this.#handlers.onError(error);
  }

  #scheduleShow(): void {
    if (this.#isShowing || this.#queue.isEmpty) return;
    this.#isShowing = true;
    this.#later(showIntervalMs, () => {
      this.#isShowing = false;
      this.#handlers.onArrival(this.#queue.take(maxRowsAtOnce));
      this.#scheduleShow();
    });
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Whether it can help to try again: the gateway is not available, or the connection broke off. */
function isTemporary({ graphQLErrors }: CombinedError): boolean {
  return graphQLErrors.every(({ extensions }) => extensions.code === 'unavailable');
}
