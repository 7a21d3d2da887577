import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { createLogger } from '../../src/lib/logger.ts';
import type { MessageOutcome } from '../../src/outbox/message-outcome.ts';
import { consumeWebhooks } from '../../src/queue/webhooks-consumer.ts';

type Deliver = (deliveryId: string) => Promise<MessageOutcome>;

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
  const { acked, retried } = await consume(bodies, async (id) => outcomes[id] ?? { action: 'ack' });
  expect(acked).toEqual(['m0']);
  expect(retried).toEqual([
    ['m1', 5],
    ['m2', 43_200],
  ]);
});

test('what cannot be read or tried comes back, and holds up no other', async () => {
  const deliver: Deliver = async (id) => {
    if (id === 'whd_broken') throw new Error('whsec_secret');
    return { action: 'ack' };
  };
  const { acked, retried, logged } = await consume(
    [{ version: 2 }, messageOf('whd_broken'), messageOf('whd_1')],
    deliver,
  );
  expect([acked, retried.map(([id]) => id)]).toEqual([['m2'], ['m0', 'm1']]);
  expect(logged.map(({ level, deliveryId, cause }) => [level, deliveryId, cause])).toEqual([
    ['error', undefined, undefined],
    ['error', 'whd_broken', 'Error'],
  ]);
});

test('at most ten are tried at once', async () => {
  let [current, most] = [0, 0];
  const deliver: Deliver = async () => {
    current += 1;
    most = Math.max(most, current);
    await Promise.resolve();
    current -= 1;
    return { action: 'ack' };
  };
  const { acked } = await consume(
    Array.from({ length: 30 }, (_, index) => messageOf(`whd_${index}`)),
    deliver,
  );
  expect([acked.length, most]).toEqual([30, 10]);
});
