import { DurableObject } from 'cloudflare:workers';

/** A message that was sent, kept until a consumer has acknowledged it. */
export interface JournalEntry {
  readonly id: string;
  /** The binding of the queue that it was sent to. */
  readonly binding: string;
  /** As the consumer is to get it: whatever a structured clone can hold. */
  readonly body: unknown;
  readonly delaySeconds: number | undefined;
  /** The run of the runtime whose queue holds the message. The queue of an earlier run is gone. */
  readonly run: string;
}

/** How many keys one call to a Durable Object's storage takes. */
const keysPerCall = 128;

/**
 * What the queues hold, on disk. Miniflare's queues live in memory, so that a runtime that dies, or is started anew for
 * a changed source, would lose what was queued.
 */
export class Journal extends DurableObject {
  async add(entries: readonly JournalEntry[]): Promise<void> {
    for (const part of parts(entries)) {
      await this.ctx.storage.put(Object.fromEntries(part.map((entry) => [entry.id, entry])));
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const part of parts(ids)) await this.ctx.storage.delete([...part]);
  }

  /** Entries of earlier runs, oldest first. */
  async leftBefore(run: string): Promise<JournalEntry[]> {
    const entries = await this.ctx.storage.list<JournalEntry>();
    return [...entries.values()].filter((entry) => entry.run !== run);
  }

  async size(): Promise<number> {
    return (await this.ctx.storage.list()).size;
  }
}

/** The binding of the journal. It has one object for all queues. */
export type JournalNamespace = DurableObjectNamespace<Journal>;

function* parts<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += keysPerCall) yield items.slice(start, start + keysPerCall);
}
