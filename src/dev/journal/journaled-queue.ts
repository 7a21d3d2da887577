import type { Journal, JournalEntry } from './journal.ts';

/** The message that the queue transports: the body, and its id in the journal. */
export interface Envelope {
  readonly journalId: string;
  readonly body: unknown;
}

export type JournalStub = Pick<Journal, 'add' | 'remove' | 'listEarlierRuns' | 'size'>;

/** A producer that stores each message in the journal before it sends it. */
export class JournaledQueue {
  readonly #binding: string;
  readonly #queue: Queue;
  readonly #journal: () => JournalStub;
  readonly #run: string;

  /** `journal` is called for each send, because a stub belongs to the request that created it. */
  constructor(binding: string, queue: Queue, journal: () => JournalStub, run: string) {
    this.#binding = binding;
    this.#queue = queue;
    this.#journal = journal;
    this.#run = run;
  }

  send(body: unknown, options: QueueSendOptions = {}): Promise<unknown> {
    return this.sendBatch([{ body, ...options }]);
  }

  async sendBatch(messages: Iterable<MessageSendRequest>, options: QueueSendBatchOptions = {}): Promise<unknown> {
    const entries = [...messages].map(
      (message): JournalEntry => ({
        id: `${Date.now().toString().padStart(15, '0')}-${crypto.randomUUID()}`,
        binding: this.#binding,
        body: toDeliveredBody(message),
        delaySeconds: message.delaySeconds ?? options.delaySeconds,
        run: this.#run,
      }),
    );
    await this.#journal().add(entries);
    return await enqueue(this.#queue, entries);
  }
}

/** Sends entries of the journal. */
export function enqueue(queue: Queue, entries: readonly JournalEntry[]): Promise<unknown> {
  return queue.sendBatch(
    entries.map(({ id, body, delaySeconds }) => ({
      body: { journalId: id, body } satisfies Envelope,
      contentType: 'v8',
      ...(delaySeconds === undefined ? {} : { delaySeconds }),
    })),
  );
}

/**
 * Returns the body that a consumer gets. The envelope is sent as a structured clone, so the effect of JSON on a message
 * is applied here.
 */
function toDeliveredBody({ body, contentType = 'json' }: MessageSendRequest): unknown {
  return contentType === 'json' ? JSON.parse(JSON.stringify(body)) : body;
}
