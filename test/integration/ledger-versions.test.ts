import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { findRollupDifferences, repairRollups } from '../../src/db/queries/reconciliation.ts';
import { sumUsage } from '../../src/db/queries/usage-rollups.ts';
import { newId } from '../../src/domain/ids.ts';
import { handlers } from '../../src/handlers.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { UsageMessage, UsageRecord } from '../../src/usage/usage-record.ts';
import { UsageRecorder } from '../../src/usage/usage-recorder.ts';
import {
  type PreviousRow,
  previousInsert,
  previousJobInsert,
  previousMessageSchema,
  previousRollupInsert,
  toPreviousRow,
} from '../support/previous-ledger.ts';
import { buildUsageMessage, buildUsageRecord } from '../support/usage-record.ts';
import { createTenant, database, ledgerRows } from './gateway.ts';

/** An hour in which no other test has requests. */
const createdAt = '2026-01-20T10:20:30.456Z';
const period = { from: new Date('2026-01-20T10:00:00Z'), to: new Date('2026-01-20T11:00:00Z') };

const queue = (env as unknown as { USAGE_QUEUE: Queue<unknown> }).USAGE_QUEUE;

let tenantId: string;

beforeEach(async () => {
  ({ tenantId } = await createTenant());
});

const build = (changes: Partial<UsageRecord> = {}) =>
  buildUsageRecord({ tenantId, createdAt, costNanoUsd: 100n, ...changes });

/** A request that a first provider has failed. */
function buildAttempts(requestId = newId('req')): UsageRecord[] {
  return [
    build({ requestId, provider: 'openai', status: 'failed', errorCode: 'provider_error', isLast: false }),
    build({ requestId, attempt: 2 }),
  ];
}

/** A record as the previous version puts it on the queue, and the row that it makes of it. */
function buildPrevious(changes: Partial<UsageRecord> = {}): { message: unknown; row: PreviousRow } {
  const { attempt: _attempt, isLast: _isLast, ...record } = build(changes);
  const message = { version: 1, records: [{ ...record, costNanoUsd: record.costNanoUsd?.toString() ?? null }] };
  const [encoded] = previousMessageSchema.parse(message).records;
  if (!encoded) throw new Error('no record');
  return { message, row: toPreviousRow(encoded) };
}

/** What a consumer of the previous version does with a message. */
async function consumePrevious(body: unknown): Promise<'acknowledged' | 'left in the queue'> {
  const message = previousMessageSchema.safeParse(body);
  if (!message.success) return 'left in the queue';
  await database.execute(previousInsert(message.data.records.map(toPreviousRow)));
  return 'acknowledged';
}

async function consume(...bodies: readonly unknown[]): Promise<void> {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch('usage', messages);
  const context = createExecutionContext();
  await handlers.queue(batch, env, context);
  const { explicitAcks } = await getQueueResult(batch, context);
  expect(explicitAcks).toEqual(messages.map(({ id }) => id));
}

/** The messages that a Worker sends for requests. */
async function messagesOf(...requests: readonly UsageRecord[][]): Promise<UsageMessage[]> {
  const messages: UsageMessage[] = [];
  const recorder = new UsageRecorder({
    send: async (message) => messages.push(message),
    insert: async () => undefined,
    logger: createLogger('error', () => undefined),
    now: () => Date.now(),
  });
  for (const records of requests) recorder.record({ records }, () => undefined);
  await recorder.flush();
  return messages;
}

async function usage() {
  const [sum] = await sumUsage(database, { ...period, tenantId, groupBy: [], limit: 1 });
  const { requests, errors, attempts, failedAttempts, costNanoUsd, savedNanoUsd } = sum ?? {};
  return { requests, errors, attempts, failedAttempts, costNanoUsd, savedNanoUsd };
}

async function expectReconciled(): Promise<void> {
  const differences = await findRollupDifferences(database, period);
  expect(differences.filter((difference) => difference.tenantId === tenantId)).toEqual([]);
}

describe('the previous version on the new schema', () => {
  test('writes rows by its consumer and by its jobs, which are the only attempts of their requests', async () => {
    const { row } = buildPrevious();
    const job = buildPrevious({ source: 'job', status: 'failed' }).row;
    await database.execute(previousInsert([row, row]));
    await database.execute(previousJobInsert(job));
    await database.execute(previousJobInsert(job));
    await database.execute(previousInsert([row, job]));
    const rows = await ledgerRows(tenantId, 2);
    expect(rows.map(({ attempt, isLast }) => [attempt, isLast])).toEqual([
      [1, true],
      [1, true],
    ]);
    expect(await usage()).toEqual({
      requests: 2,
      errors: 1,
      attempts: 2,
      failedAttempts: 1,
      costNanoUsd: 200n,
      savedNanoUsd: 0n,
    });
    await expectReconciled();
  });

  test('creates rollups that are right', async () => {
    await database.execute(previousInsert([buildPrevious().row, buildPrevious({ status: 'failed' }).row]));
    await database.execute(sql`DELETE FROM usage_rollups WHERE tenant_id = ${tenantId}`);
    await database.execute(previousRollupInsert(tenantId));
    expect(await usage()).toEqual({
      requests: 2,
      errors: 1,
      attempts: 2,
      failedAttempts: 1,
      costNanoUsd: 200n,
      savedNanoUsd: 0n,
    });
    await expectReconciled();
  });

  test('creates rollups without saved costs, which the new one repairs', async () => {
    await consume(buildUsageMessage(2, build({ costNanoUsd: 0n, savedNanoUsd: 700n })));
    expect(await usage()).toMatchObject({ savedNanoUsd: 700n });
    await database.execute(sql`DELETE FROM usage_rollups WHERE tenant_id = ${tenantId}`);
    await database.execute(previousRollupInsert(tenantId));
    expect(await usage()).toMatchObject({ requests: 1, savedNanoUsd: 0n });
    expect(await findRollupDifferences(database, period)).toMatchObject([{ tenantId }]);
    await repairRollups(database, period);
    expect(await usage()).toMatchObject({ requests: 1, savedNanoUsd: 700n });
    await expectReconciled();
  });

  test('repairs rollups of requests with several attempts wrongly, which the new one repairs again', async () => {
    await consume(buildUsageMessage(2, ...buildAttempts()));
    const before = await usage();
    await database.execute(sql`DELETE FROM usage_rollups WHERE tenant_id = ${tenantId}`);
    await database.execute(previousRollupInsert(tenantId));
    expect(await usage()).toMatchObject({ requests: 2 });
    await repairRollups(database, period);
    expect(await usage()).toEqual(before);
  });
});

describe('one queue', () => {
  test('has messages of the previous version, which the new one reads as the first and last attempt', async () => {
    const { message } = buildPrevious();
    await queue.send(message);
    const [row] = await ledgerRows(tenantId, 1);
    expect(row).toMatchObject({ attempt: 1, isLast: true, createdAt: new Date(createdAt) });
  });

  test('has the same message for a request with one attempt as before', async () => {
    const record = build();
    const { message } = buildPrevious({ requestId: record.requestId });
    expect(await messagesOf([record])).toEqual([message]);
  });

  test('has messages of several attempts, which the previous version leaves for the new one', async () => {
    const [single, several, ...others] = await messagesOf([build()], buildAttempts());
    expect(others).toEqual([]);
    expect(await consumePrevious(single)).toBe('acknowledged');
    expect(await consumePrevious(several)).toBe('left in the queue');
    await ledgerRows(tenantId, 1);
    await queue.send(several);
    await ledgerRows(tenantId, 3);
    expect(await usage()).toEqual({
      requests: 2,
      errors: 0,
      attempts: 3,
      failedAttempts: 1,
      costNanoUsd: 300n,
      savedNanoUsd: 0n,
    });
    await expectReconciled();
  });

  test('has what an earlier reply has saved, which the previous version leaves out', async () => {
    const [message, ...others] = await messagesOf([build({ costNanoUsd: 0n, savedNanoUsd: 12345678901234567n })]);
    expect(others).toEqual([]);
    expect(await consumePrevious(message)).toBe('acknowledged');
    expect(await ledgerRows(tenantId, 1)).toMatchObject([{ costNanoUsd: 0n, savedNanoUsd: null }]);
    const [next] = await messagesOf([build({ costNanoUsd: 0n, savedNanoUsd: 12345678901234567n })]);
    await queue.send(next);
    const saved = (await ledgerRows(tenantId, 2)).map(({ savedNanoUsd }) => savedNanoUsd);
    expect(saved.toSorted()).toEqual([12345678901234567n, null]);
    await expectReconciled();
  });

  test('may deliver a message to both versions', async () => {
    const [message] = await messagesOf([build()]);
    const { message: previous } = buildPrevious();
    await Promise.all([
      consumePrevious(message),
      consume(message, previous),
      consumePrevious(previous),
      consume(previous),
    ]);
    await ledgerRows(tenantId, 2);
    expect(await usage()).toMatchObject({ requests: 2, attempts: 2, costNanoUsd: 200n });
  });

  test.each([
    ['no attempt', { attempt: undefined }],
    ['attempt 0', { attempt: 0 }],
    ['an attempt that the ledger cannot hold', { attempt: 32_768 }],
    ['no word of the last attempt', { isLast: undefined }],
  ])('keeps a message of version 2 whose record has %s', async (_, changes) => {
    const message = buildUsageMessage(2, ...buildAttempts());
    const body = { ...message, records: message.records.map((record) => ({ ...record, ...changes })) };
    const batch = createMessageBatch('usage', [{ id: 'm0', timestamp: new Date(), attempts: 1, body }]);
    const context = createExecutionContext();
    await handlers.queue(batch, env, context);
    expect(await getQueueResult(batch, context)).toMatchObject({ explicitAcks: [], retryMessages: [{ msgId: 'm0' }] });
  });
});
