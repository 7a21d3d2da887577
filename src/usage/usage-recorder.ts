import { errorName, type Logger } from '../core/logger.ts';
import { within } from '../core/within.ts';
import type { UsageMessage, UsageRecord } from './usage-record.ts';

interface UsageRecorderOptions {
  /** Puts a message on the queue. */
  readonly send: (message: UsageMessage) => Promise<unknown>;
  /** Writes records to the ledger at once, where the queue does not take them. */
  readonly insert: (records: readonly UsageRecord[]) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => number;
}

type WaitUntil = (work: Promise<unknown>) => void;

/** How long the records of an isolate are gathered: one queue operation a moment costs less than one a request. */
const gatherMs = 500;
const sendTimeoutMs = 2_000;
/** A queue message holds 128 KB; records are ASCII, so that characters are bytes. */
const longestMessage = 100_000;
/** Bounds what gathers in memory while neither the queue nor Postgres takes anything. */
const mostGathered = 20_000;

/**
 * Sends usage records to the ledger behind the replies. The first request that has something to record waits a moment
 * and sends what all the others have added; whatever cannot be delivered is kept for the next one.
 */
export class UsageRecorder {
  readonly #options: UsageRecorderOptions;
  #gathered: UsageRecord[] = [];
  #gatheringSinceMs: number | undefined;

  constructor(options: UsageRecorderOptions) {
    this.#options = options;
  }

  record(record: UsageRecord, waitUntil: WaitUntil): void {
    this.#gathered.push(record);
    const now = this.#options.now();
    // A request that was to send and died with its context must not keep the others from sending.
    if (this.#gatheringSinceMs !== undefined && now - this.#gatheringSinceMs < 4 * gatherMs) return;
    this.#gatheringSinceMs = now;
    waitUntil(this.#gatherThenFlush());
  }

  async #gatherThenFlush(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gatherMs));
    this.#gatheringSinceMs = undefined;
    await this.flush();
  }

  /**
   * Delivers everything gathered so far, all messages at once: the context that keeps this alive lives for half a minute.
   * Never rejects: what fails stays for the next flush.
   */
  async flush(): Promise<void> {
    const records = this.#gathered;
    this.#gathered = [];
    await Promise.all(Array.from(toMessages(records), (message) => this.#deliver(message)));
  }

  async #deliver(message: UsageMessage): Promise<void> {
    const { send, insert, logger } = this.#options;
    try {
      await within(sendTimeoutMs, send(message));
      return;
    } catch (error) {
      logger.warn('the usage queue refused a message: writing to the ledger at once', { cause: errorName(error) });
    }
    try {
      await insert(message.records);
    } catch (error) {
      this.#gathered.unshift(...message.records);
      const lost = this.#gathered.splice(mostGathered);
      logger.error('usage could be delivered nowhere', {
        cause: errorName(error),
        kept: this.#gathered.length,
        lost: lost.map(({ requestId }) => requestId),
      });
    }
  }
}

function* toMessages(records: readonly UsageRecord[]): Generator<UsageMessage> {
  let batch: UsageRecord[] = [];
  let length = 0;
  for (const record of records) {
    const recordLength = JSON.stringify(record).length + 1;
    if (batch.length > 0 && length + recordLength > longestMessage) {
      yield { version: 1, records: batch };
      batch = [];
      length = 0;
    }
    batch.push(record);
    length += recordLength;
  }
  if (batch.length > 0) yield { version: 1, records: batch };
}
