import type { Database } from '../db/client.ts';
import type { OutboxTable } from '../db/queries/outbox.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';

interface OutboxOptions<Message> {
  readonly table: OutboxTable;
  readonly createMessage: (id: string) => Message;
  /** The subject of its log lines, and the names of the fields for the number and the ids of its rows. */
  readonly log: { readonly subject: string; readonly countField: string; readonly idsField: string };
}

interface OutboxDependencies<Message> {
  readonly database: Database;
  /** Puts up to 100 messages on the queue. */
  readonly enqueue: (messages: readonly Message[]) => Promise<unknown>;
  readonly logger: Logger;
}

/** A request waits no longer for the queue. */
const defaultTimeoutMs = 1_000;
const sweepTimeoutMs = 2_000;
const maxBatchSize = 100;
const maxRounds = 50;

/**
 * Sends messages for rows that are already in the database. A message only names its row: a lost one is sent again by the
 * next sweep, and a repeated one finds that its row is done. Source: the transactional outbox pattern,
 * https://microservices.io/patterns/data/transactional-outbox.html
 */
export class Outbox<Message> {
  readonly #options: OutboxOptions<Message>;

  constructor(options: OutboxOptions<Message>) {
    this.#options = options;
  }

  /**
   * Sends messages for up to 100 rows that count as enqueued. Never rejects. If the queue refuses or does not answer within
   * `timeoutMs`, marks the rows as not enqueued and returns false.
   */
  async enqueue(
    { database, enqueue, logger }: OutboxDependencies<Message>,
    ids: readonly string[],
    timeoutMs = defaultTimeoutMs,
  ): Promise<boolean> {
    const { table, createMessage, log } = this.#options;
    if (ids.length === 0) return true;
    try {
      await withTimeout(timeoutMs, enqueue(ids.map(createMessage)));
      return true;
    } catch (error) {
      const fields = { [log.idsField]: ids, cause: errorName(error) };
      logger.warn(`${log.subject} could not be enqueued: the next sweep will`, fields);
      // If this fails too, a sweep finds the rows after a minute.
      await withTimeout(timeoutMs, table.markNotEnqueued(database, ids)).catch(() => undefined);
      return false;
    }
  }

  /** Sends messages for rows that lack one because of a crash or a failing queue. Stops when the queue fails. */
  async sweep(dependencies: OutboxDependencies<Message>): Promise<void> {
    const { table, log } = this.#options;
    for (let round = 0; round < maxRounds; round += 1) {
      const ids = await table.takeUnqueued(dependencies.database, maxBatchSize);
      if (ids.length > 0) dependencies.logger.info(`${log.subject} swept`, { [log.countField]: ids.length });
      if (!(await this.enqueue(dependencies, ids, sweepTimeoutMs)) || ids.length < maxBatchSize) return;
    }
  }
}
