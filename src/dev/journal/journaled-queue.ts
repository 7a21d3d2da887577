import type { Journal, JournalEntry } from './journal.ts';

/** What goes over the queue in place of a message: the message itself, and where it stands in the journal. */
export interface Envelope {
  readonly journalId: string;
  readonly body: unknown;
}

export type JournalStub = Pick<Journal, 'add' | 'remove' | 'leftBefore' | 'size'>;

/** A producer that writes each message to the journal before it sends it. */
export class JournaledQueue {
  readonly #binding: string;
  readonly #queue: Queue;
  readonly #journal: () => JournalStub;
  readonly #run: string;

  /** `journal` is asked at each send: a stub belongs to the request in which it was made. */
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
        body: asDelivered(message),
        delaySeconds: message.delaySeconds ?? options.delaySeconds,
        run: this.#run,
      }),
    );
    await this.#journal().add(entries);
    return await enqueue(this.#queue, entries);
  }
}

/** Sends what stands in the journal. */
export function enqueue(queue: Queue, entries: readonly JournalEntry[]): Promise<unknown> {
  return queue.sendBatch(
    entries.map(({ id, body, delaySeconds }) => ({
      body: { journalId: id, body } satisfies Envelope,
      contentType: 'v8',
      ...(delaySeconds === undefined ? {} : { delaySeconds }),
    })),
  );
}

/** The envelope goes over the queue as a structured clone, so what JSON would have done to a message is done here. */
function asDelivered({ body, contentType = 'json' }: MessageSendRequest): unknown {
  return contentType === 'json' ? JSON.parse(JSON.stringify(body)) : body;
}
