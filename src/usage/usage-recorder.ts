import { errorName, type Logger } from '../lib/logger.ts';
import { withTimeout } from '../lib/with-timeout.ts';
import type { LoggedRequest } from '../request-log/logged-request.ts';
import { createRequestEntry, type RequestEntry } from '../request-log/request-entry.ts';
import { chooseMessageVersion, encodeUsageRecord, type UsageMessage, type UsageRecord } from './usage-record.ts';

interface UsageRecorderOptions {
  /** Puts a message on the queue. */
  readonly send: (message: UsageMessage) => Promise<unknown>;
  /** Writes records and log entries to the database at once, where the queue does not take them. */
  readonly insert: (usage: RecordedUsage) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A request that has ended: the ledger's records of its attempts, and what the log says of it. */
export interface SettledRequest {
  readonly records: readonly UsageRecord[];
  /** Absent: the request is not logged. */
  readonly log?: LoggedRequest | undefined;
}

/** Records of the ledger, and entries of the request log. */
export interface RecordedUsage {
  readonly records: readonly UsageRecord[];
  readonly requests: readonly RequestEntry[];
}

type WaitUntil = (work: Promise<unknown>) => void;

/** How long the records of an isolate are gathered: one queue operation a moment costs less than one a request. */
const gatherMs = 500;
/** So often, and so long each time, a message waits for what the clients of its requests have got. */
const maxAnswerWaits = 5;
const answerWaitMs = 20;
const sendTimeoutMs = 2_000;
/** A queue message holds 128 KB. */
const maxMessageBytes = 100_000;
/** Bounds what gathers in memory while neither the queue nor Postgres takes anything. */
const maxGathered = 20_000;

/** A request that has sent or written a row for longer has died: no work behind a reply lives for longer. */
const maxSendMs = 30_000;
const maxWriteMs = 60_000;

/** The rows of a request on their way to the database. */
interface OpenRows {
  /** Absent if another part writes the rows. */
  readonly rows?: RequestRows;
  readonly number: number;
  /** When a request began to send or write them. */
  busySinceMs?: number | undefined;
}

/** What is written of one request. */
interface RequestRows {
  readonly attempts: readonly UsageRecord[];
  /** Filled in until it is sent. */
  readonly log?: LoggedRequest | undefined;
  /** A request that was refused has no attempts. */
  readonly refusal?: RequestEntry;
}

type SendableRows = OpenRows & Required<Pick<OpenRows, 'rows'>>;

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
  record({ records, log }: SettledRequest, waitUntil: WaitUntil): void {
    this.#add({ attempts: records, log }, waitUntil);
  }

  /** Records a request that was refused before any provider was asked. */
  recordRefusal(refusal: RequestEntry, waitUntil: WaitUntil): void {
    this.#add({ attempts: [], refusal }, waitUntil);
  }

  #add(rows: RequestRows, waitUntil: WaitUntil): void {
    this.#last += 1;
    this.#open.add({ rows, number: this.#last });
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
      const { rows, busySinceMs = nowMs } = row;
      // What was refused has no rows in the ledger.
      if (rows?.refusal) continue;
      if (rows || nowMs - busySinceMs < maxWriteMs) return false;
      this.#open.delete(row);
    }
    return true;
  }

  async #gatherThenFlush(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gatherMs));
    // The client's answer comes within moments: what the log says of it belongs into the same message.
    for (let waits = 0; this.#hasIncomplete && waits < maxAnswerWaits; waits += 1) {
      await new Promise((resolve) => setTimeout(resolve, answerWaitMs));
    }
    this.#gatheringSinceMs = undefined;
    await this.flush();
  }

  get #hasIncomplete(): boolean {
    for (const { rows, busySinceMs } of this.#open) {
      if (rows?.log?.isComplete === false && busySinceMs === undefined) return true;
    }
    return false;
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
      await insert({ records: requests.flatMap(({ rows }) => rows.attempts), requests: message.requests ?? [] });
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
      lost: lost.map(({ rows }) => rows?.attempts[0]?.requestId ?? rows?.refusal?.requestId),
    });
  }
}

function isSendable(rows: OpenRows): rows is SendableRows {
  return rows.rows !== undefined;
}

/** Requests and the message that carries their attempts. */
interface UsageBatch {
  readonly requests: SendableRows[];
  message: UsageMessage;
}

/**
 * Splits requests into messages that each fit the queue. A request with several attempts is not in a message of version 1, which
 * every deployed consumer reads.
 */
function toBatches(requests: readonly SendableRows[]): UsageBatch[] {
  const byVersion = Map.groupBy(requests, ({ rows }) => chooseMessageVersion(rows.attempts));
  return [...byVersion].flatMap(([version, sameVersion]) => {
    const batches: UsageBatch[] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const request of sameVersion) {
      const encoded = request.rows.attempts.map((attempt) => encodeUsageRecord(version, attempt));
      const entries = createEntries(request.rows);
      const requestBytes = countBytes([encoded, entries]);
      if (bytes + requestBytes > maxMessageBytes) {
        batches.push({ requests: [], message: { version, records: [] } });
        bytes = 0;
      }
      const batch = batches.at(-1);
      batch?.requests.push(request);
      batch?.message.records.push(...encoded);
      if (batch && entries.length > 0) batch.message = addEntries(batch.message, entries);
      bytes += requestBytes;
    }
    return batches;
  });
}

function addEntries(message: UsageMessage, entries: readonly RequestEntry[]): UsageMessage {
  const { requests = [] } = message;
  requests.push(...entries);
  return { ...message, requests };
}

function createEntries({ attempts: [first], log, refusal }: RequestRows): RequestEntry[] {
  if (refusal) return [refusal];
  return first && log ? [createRequestEntry(first.requestId, log)] : [];
}

/** Counts the bytes of a value as JSON in UTF-8: the client's own ids may be in any script. */
function countBytes(value: unknown): number {
  const json = JSON.stringify(value);
  // Each UTF-16 unit takes three bytes at most.
  return isAscii(json) ? json.length : json.length * 3;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
