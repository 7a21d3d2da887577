import { vi } from 'vitest';

/** A batch of messages that records what becomes of each. */
export function createBatch(bodies: readonly unknown[], queue = 'test') {
  const acked: string[] = [];
  const retried: [id: string, delaySeconds: number | undefined][] = [];
  const messages = bodies.map((body, index) => {
    const id = `m${index}`;
    return {
      id,
      body,
      attempts: 1,
      ack: vi.fn(() => void acked.push(id)),
      retry: vi.fn((options?: QueueRetryOptions) => void retried.push([id, options?.delaySeconds])),
    };
  });
  return { batch: { queue, messages } as unknown as MessageBatch, acked, retried };
}
