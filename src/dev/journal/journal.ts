import { DurableObject } from 'cloudflare:workers';

/** A message in a queue, stored until a consumer acknowledges it. */
export interface JournalEntry {
  readonly id: string;
  /** The binding of its queue. */
  readonly binding: string;
  /** The body for the consumer: any value that a structured clone can hold. */
  readonly body: unknown;
  readonly delaySeconds: number | undefined;
  /** The run of the runtime whose queue holds the message. The queue of an earlier run is lost. */
  readonly run: string;
}

/** The maximum of keys in one call to a Durable Object's storage. */
const keysPerCall = 128;

/**
 * The content of the queues, on disk. Miniflare's queues are in memory, so messages would be lost when the runtime
 * dies, or restarts for a changed source.
 */
export class Journal extends DurableObject {
  async add(entries: readonly JournalEntry[]): Promise<void> {
    for (const part of splitIntoParts(entries)) {
      await this.ctx.storage.put(Object.fromEntries(part.map((entry) => [entry.id, entry])));
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const part of splitIntoParts(ids)) await this.ctx.storage.delete([...part]);
  }

  /** Returns the entries of earlier runs, oldest first. */
  async listEarlierRuns(run: string): Promise<JournalEntry[]> {
    const entries = await this.ctx.storage.list<JournalEntry>();
    return [...entries.values()].filter((entry) => entry.run !== run);
  }

  async size(): Promise<number> {
    return (await this.ctx.storage.list()).size;
  }
}

/** The binding of the journal. It has one object for all queues. */
export type JournalNamespace = DurableObjectNamespace<Journal>;

function* splitIntoParts<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += keysPerCall) yield items.slice(start, start + keysPerCall);
}
