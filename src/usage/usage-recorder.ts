import { errorName, type Logger } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import { chooseMessageVersion, encodeUsageRecord, type UsageMessage, type UsageRecord } from './usage-record.ts';

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
const maxMessageLength = 100_000;
/** Bounds what gathers in memory while neither the queue nor Postgres takes anything. */
const maxGathered = 20_000;

/** A request that has sent or written a row for longer has died: no work behind a reply lives for longer. */
const maxSendMs = 30_000;
const maxWriteMs = 60_000;

/** The rows of a request on their way to the ledger. */
interface OpenRows {
  /** Absent if another part writes the rows. */
  readonly attempts?: readonly UsageRecord[];
  readonly number: number;
  /** When a request began to send or write them. */
  busySinceMs?: number | undefined;
}

type SendableRows = OpenRows & Required<Pick<OpenRows, 'attempts'>>;

/**
 * Sends usage records to the ledger behind the replies. The first request that has something to record waits a moment
 * and sends what all the others have added. What cannot be delivered is kept for the next one.
 */
export class UsageRecorder {
  readonly #options: UsageRecorderOptions;
  /** In the order of their numbers. */
  readonly #open = new Set<OpenRows>();
  #last = 0;
  #gatheringSinceMs: number | undefined;

  constructor(options: UsageRecorderOptions) {
    this.#options = options;
  }

  /**
   * Records all attempts of a request, when it has ended. They travel in one message and are written by one statement, so that the
   * ledger has either none of them or all.
   */
  record(attempts: readonly UsageRecord[], waitUntil: WaitUntil): void {
    this.#last += 1;
    this.#open.add({ attempts, number: this.#last });
    const now = this.#options.now();
    // A request that was to send and died with its context must not keep the others from sending.
    if (this.#gatheringSinceMs !== undefined && now - this.#gatheringSinceMs < 4 * gatherMs) return;
    this.#gatheringSinceMs = now;
    waitUntil(this.#gatherThenFlush());
  }

  /** Notes a row that is written by others. Gives what they call once it stands, or never will. */
  reserveRow(): () => void {
    this.#last += 1;
    const row = { number: this.#last, busySinceMs: this.#options.now() };
    this.#open.add(row);
    return () => void this.#open.delete(row);
  }

  /** The number of the newest row. */
  get last(): number {
    return this.#last;
  }

  /** Whether all rows up to a number are where no crash of this isolate can lose them. */
  sentUpTo(number: number): boolean {
    const nowMs = this.#options.now();
    for (const row of this.#open) {
      if (row.number > number) break;
      const { attempts, busySinceMs = nowMs } = row;
      if (attempts || nowMs - busySinceMs < maxWriteMs) return false;
      this.#open.delete(row);
    }
    return true;
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
    const nowMs = this.#options.now();
    const sendable: SendableRows[] = [];
    for (const rows of this.#open) {
      // Rows whose sender has died may not have arrived. They are written once, however often they arrive.
      if (!isSendable(rows) || (rows.busySinceMs !== undefined && nowMs - rows.busySinceMs < maxSendMs)) continue;
      rows.busySinceMs = nowMs;
      sendable.push(rows);
    }
    const deliver = async (batch: UsageBatch) => {
      const failure = await this.#deliver(batch);
      for (const rows of batch.requests) {
        if (failure === undefined) this.#open.delete(rows);
        else rows.busySinceMs = undefined;
      }
      if (failure !== undefined) this.#keep(failure);
    };
    await Promise.all(toBatches(sendable).map(deliver));
  }

  /** Gives what has failed; undefined where the message has been delivered. */
  async #deliver({ requests, message }: UsageBatch): Promise<string | undefined> {
    const { send, insert, logger } = this.#options;
    try {
      await withTimeout(sendTimeoutMs, send(message));
      return undefined;
    } catch (error) {
      logger.warn('the usage queue refused a message: writing to the ledger at once', { cause: errorName(error) });
    }
    try {
      await insert(requests.flatMap(({ attempts }) => attempts));
      return undefined;
    } catch (error) {
      return errorName(error);
    }
  }

  #keep(cause: string): void {
    const waiting = [...this.#open].filter((rows) => isSendable(rows) && rows.busySinceMs === undefined);
    const lost = waiting.slice(maxGathered);
    for (const row of lost) this.#open.delete(row);
    this.#options.logger.error('usage could be delivered nowhere', {
      cause,
      kept: waiting.length - lost.length,
      lost: lost.map(({ attempts }) => attempts?.[0]?.requestId),
    });
  }
}

function isSendable(rows: OpenRows): rows is SendableRows {
  return rows.attempts !== undefined;
}

/** Requests and the message that carries their attempts. */
interface UsageBatch {
  readonly requests: SendableRows[];
  readonly message: UsageMessage;
}

/**
 * Splits requests into messages that each fit the queue. A request with several attempts is not in a message of version 1, which
 * every deployed consumer reads.
 */
function toBatches(requests: readonly SendableRows[]): UsageBatch[] {
  const byVersion = Map.groupBy(requests, ({ attempts }) => chooseMessageVersion(attempts));
  return [...byVersion].flatMap(([version, sameVersion]) => {
    const batches: UsageBatch[] = [];
    let length = Number.POSITIVE_INFINITY;
    for (const request of sameVersion) {
      const encoded = request.attempts.map((attempt) => encodeUsageRecord(version, attempt));
      const requestLength = JSON.stringify(encoded).length;
      if (length + requestLength > maxMessageLength) {
        batches.push({ requests: [], message: { version, records: [] } });
        length = 0;
      }
      const batch = batches.at(-1);
      batch?.requests.push(request);
      batch?.message.records.push(...encoded);
      length += requestLength;
    }
    return batches;
  });
}
