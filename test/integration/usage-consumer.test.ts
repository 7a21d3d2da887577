import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { insertUsage } from '../../src/db/queries/usage-ledger.ts';
import { requests } from '../../src/db/schema/requests.ts';
import { usageLabels } from '../../src/db/schema/usage-labels.ts';
import { newId } from '../../src/domain/ids.ts';
import { handlers } from '../../src/handlers.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { consumeUsage } from '../../src/queue/usage-consumer.ts';
import { toRequestRows } from '../../src/usage/to-request-rows.ts';
import { toLedgerRow, type UsageRecord } from '../../src/usage/usage-record.ts';
import type { RecordedUsage } from '../../src/usage/usage-recorder.ts';
import { buildUsageMessage, buildUsageRecord } from '../support/usage-record.ts';
import { waitFor } from '../support/wait-for.ts';
import { database, ledgerRows } from './gateway.ts';

let tenantId: string;
let logged: string[];
beforeEach(() => {
  tenantId = newId('ten');
  logged = [];
});

const insert = vi.fn(({ records, requests }: RecordedUsage) =>
  insertUsage(database, { attempts: records.map(toLedgerRow), requests: toRequestRows(requests, records) }),
);
beforeEach(() => {
  insert.mockClear();
});

const record = (changes: Partial<UsageRecord> = {}) => buildUsageRecord({ tenantId, ...changes });
const messageOf = (...records: UsageRecord[]) => buildUsageMessage(1, ...records);

/** Delivers bodies as one batch and tells what became of each message. */
async function deliver(bodies: readonly unknown[], queue = 'usage', attempts = 1) {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts, body }));
  const batch = createMessageBatch(queue, messages);
  const context = createExecutionContext();
  const retried: { id: string; delaySeconds: number | undefined }[] = [];
  for (const message of batch.messages) {
    vi.spyOn(message, 'retry').mockImplementation((options) => {
      retried.push({ id: message.id, delaySeconds: options?.delaySeconds });
    });
  }
  await consumeUsage(batch, { insert, logger: createLogger('debug', (line) => logged.push(line)) });
  const { explicitAcks } = await getQueueResult(batch, context);
  return { acked: explicitAcks, retried };
}

test('a row is written once for repeated deliveries in any order', async () => {
  const messages = Array.from({ length: 5 }, () => messageOf(record(), record()));
  const shuffled = [...messages, ...messages.toReversed(), ...messages, ...messages, ...messages];
  await Promise.all([deliver(shuffled.slice(0, 10)), deliver(shuffled.slice(10)), deliver(messages)]);
  const rows = await ledgerRows(tenantId, 10);
  expect(rows[0]).toMatchObject({ costNanoUsd: 12345678901234567n, inputTokens: 2, tokenSource: 'provider' });
});

test('a batch is one statement, and all of it is acknowledged', async () => {
  const { acked, retried } = await deliver([messageOf(record()), messageOf(record())]);
  expect([acked, retried]).toEqual([['m0', 'm1'], []]);
  expect(insert).toHaveBeenCalledTimes(1);
});

test('more rows than one statement takes are written', async () => {
  await deliver([messageOf(...Array.from({ length: 2_500 }, () => record()))]);
  await ledgerRows(tenantId, 2_500);
});

test('an invalid message is retried, and delays no other', async () => {
  const { acked, retried } = await deliver([messageOf(record()), { version: 99 }, 'text', messageOf(record())]);
  expect(acked).toEqual(['m0', 'm3']);
  expect(retried.map(({ id }) => id)).toEqual(['m1', 'm2']);
  await ledgerRows(tenantId, 2);
});

test('a message whose row Postgres refuses is retried, and the others are written', async () => {
  const refused = record({ model: 'nul \u0000' });
  const { acked, retried } = await deliver([messageOf(record()), messageOf(refused), messageOf(record())]);
  expect([acked, retried]).toEqual([['m0', 'm2'], [{ id: 'm1', delaySeconds: 2 }]]);
  await ledgerRows(tenantId, 2);
  expect(logged.join('')).toContain(refused.requestId);
});

test('all messages wait for a hanging database at the same time', async () => {
  let waiting = 0;
  const answer = Promise.withResolvers<never>();
  // All records at once first, then each message by itself.
  insert.mockRejectedValueOnce(new Error('no answer'));
  for (let call = 0; call < 20; call += 1) {
    insert.mockImplementationOnce(() => {
      waiting += 1;
      return answer.promise;
    });
  }
  const delivered = deliver(Array.from({ length: 20 }, () => messageOf(record())));
  await waitFor(() => expect(waiting).toBe(20));
  answer.reject(new Error('no answer'));
  const { acked, retried } = await delivered;
  expect([acked, retried.length]).toEqual([[], 20]);
});

describe('while Postgres does not answer', () => {
  beforeEach(() => {
    insert.mockRejectedValueOnce(new Error('down')).mockRejectedValueOnce(new Error('down'));
  });

  test.each([
    ['usage', 1, 2],
    ['usage', 5, 32],
    ['usage', 20, 300],
    ['usage-dlq', 1, 3_600],
  ])('a message on %s is retried: attempt %i after %i s', async (queue, attempts, delaySeconds) => {
    expect(await deliver([messageOf(record())], queue, attempts)).toEqual({
      acked: [],
      retried: [{ id: 'm0', delaySeconds }],
    });
  });
});

describe('a queue of another name', () => {
  const handle = async (queue: string) => {
    const messages = [{ id: 'm0', timestamp: new Date(), attempts: 1, body: messageOf(record()) }];
    const batch = createMessageBatch(queue, messages);
    const context = createExecutionContext();
    await handlers.queue(batch, env, context);
    return getQueueResult(batch, context);
  };

  test.each(['usage', 'ai-aggregator-usage', 'staging-usage', 'ai-aggregator-usage-dlq'])(
    '%s is read by the end of its name',
    async (queue) => {
      expect((await handle(queue)).explicitAcks).toEqual(['m0']);
      expect(await ledgerRows(tenantId, 1)).toHaveLength(1);
    },
  );

  test.each(['payments', 'my-usages', 'disusage'])(
    '%s is rejected, and none of its messages is acknowledged',
    async (queue) => {
      await expect(handle(queue)).rejects.toThrow(`The queue ${queue} has no consumer.`);
    },
  );
});

test('the log has a request once however often it is delivered, and so have its sums', async () => {
  const endUser = `u ${newId('req')}`;
  const served = record({ endUser });
  const { requestId } = served;
  const refusal = { tenantId, keyId: 'key_1', source: 'sync' as const, errorCode: 'forbidden', totalMs: 1, endUser };
  const message = {
    ...messageOf(served),
    requests: [
      { requestId, path: '/v1/chat/completions', httpStatus: 200 },
      {
        requestId: newId('req'),
        path: '/stream',
        refusal: { ...refusal, createdAt: served.createdAt, represents: 100 },
      },
    ],
  };
  await Promise.all([deliver([message, message]), deliver([message])]);
  await deliver([message]);
  const rows = await database.select().from(requests).where(eq(requests.endUser, endUser)).orderBy(requests.status);
  expect(rows).toMatchObject([
    { id: requestId, status: 'completed', attempts: 1, costNanoUsd: served.costNanoUsd },
    { status: 'refused', attempts: 0, represents: 100 },
  ]);
  const sums = await database.select().from(usageLabels).where(eq(usageLabels.label, endUser));
  expect(sums).toMatchObject([{ requests: 1, refused: 100, errors: 0, costNanoUsd: served.costNanoUsd, attempts: 1 }]);
});
