import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { createLogger } from '../../src/lib/logger.ts';
import type { MessageOutcome } from '../../src/outbox/message-outcome.ts';
import { consumeWebhooks } from '../../src/queue/webhooks-consumer.ts';

type Deliver = (deliveryIds: readonly string[]) => Promise<ReadonlyMap<string, MessageOutcome>>;

/** Gives bodies to the consumer as one batch and tells what became of each message. */
async function consume(bodies: readonly unknown[], deliver: Deliver) {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch('webhooks', messages);
  const context = createExecutionContext();
  const retried: [string, number | undefined][] = [];
  for (const message of batch.messages) {
    vi.spyOn(message, 'retry').mockImplementation((options) => void retried.push([message.id, options?.delaySeconds]));
  }
  const logged: string[] = [];
  await consumeWebhooks(batch, { deliver, logger: createLogger('debug', (line) => logged.push(line)) });
  const { explicitAcks } = await getQueueResult(batch, context);
  return { acked: explicitAcks, retried, logged: logged.map((line) => JSON.parse(line)) };
}

const messageOf = (deliveryId: string) => ({ version: 1, deliveryId });

test('each message is acknowledged, or put off for as long as its delivery waits', async () => {
  const outcomes: Record<string, MessageOutcome> = {
    whd_done: { action: 'ack' },
    whd_soon: { action: 'retry', delayMs: 4_001 },
    whd_late: { action: 'retry', delayMs: 43_200_000 },
  };
  const bodies = Object.keys(outcomes).map(messageOf);
  const { acked, retried } = await consume(bodies, async () => new Map(Object.entries(outcomes)));
  expect(acked).toEqual(['m0']);
  expect(retried).toEqual([
    ['m1', 5],
    ['m2', 43_200],
  ]);
});

test('a message that cannot be read comes back, and holds up no other', async () => {
  const deliver = vi.fn<Deliver>(async (ids) => new Map(ids.map((id) => [id, { action: 'ack' }])));
  const { acked, retried, logged } = await consume([{ version: 2 }, messageOf('whd_1'), messageOf('whd_1')], deliver);
  expect(deliver).toHaveBeenCalledExactlyOnceWith(['whd_1']);
  expect([acked, retried]).toEqual([['m1', 'm2'], [['m0', 5]]]);
  expect(logged.map(({ level }) => level)).toEqual(['error']);
});

test('all messages come back where the database fails', async () => {
  const { acked, retried, logged } = await consume([messageOf('whd_1'), messageOf('whd_2')], async () => {
    throw new RangeError('whsec_secret');
  });
  expect([acked, retried]).toEqual([
    [],
    [
      ['m0', 5],
      ['m1', 5],
    ],
  ]);
  expect(logged.map(({ deliveryIds, cause }) => [deliveryIds, cause])).toEqual([[['whd_1', 'whd_2'], 'RangeError']]);
});
