import { isNull } from 'drizzle-orm';
import { insertLedgerRows, type LedgerRow } from '../../src/db/queries/usage-ledger.ts';
import { webhookDeliveries } from '../../src/db/schema/webhooks.ts';
import type { AlertName } from '../../src/domain/alert.ts';
import { newId } from '../../src/domain/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { newWebhookSecret } from '../../src/webhooks/new-webhook-secret.ts';
import { sendOperatorAlerts } from '../../src/webhooks/send-operator-alerts.ts';
import type { WebhookDependencies } from '../../src/webhooks/webhook-dependencies.ts';
import type { WebhookMessage } from '../../src/webhooks/webhook-message.ts';
import { database } from './gateway.ts';
import { receiverUrl } from './webhook-setting.ts';

export const minuteMs = 60_000;
const dayMs = 86_400_000;
const maxAttemptMs = 600_000;

/** An event about a provider or the jobs, as the operator gets it. */
export interface AlertEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly id: string;
  readonly data: {
    readonly provider?: string;
    readonly failed: number;
    readonly attempts: number;
    readonly share: number | null;
    readonly since: string;
    readonly errorCodes: string[];
    readonly sampleRequestIds: string[];
    readonly deadLetters?: number;
  };
}

export const operatorWebhook = { url: receiverUrl('ok'), secret: newWebhookSecret() };
export const enqueuedIds: string[] = [];

const defaultDependencies = {
  database,
  enqueue: async (messages: readonly WebhookMessage[]) =>
    void enqueuedIds.push(...messages.map(({ deliveryId }) => deliveryId)),
  logger: createLogger('error'),
  operatorWebhook,
};

let days = 0;

/** A time that no other test uses, far from the rows of real requests. */
export function newStartMs(): number {
  days += 1;
  return Date.parse('2033-01-01T12:00:00Z') + days * dayMs;
}

/** What cron does at a moment. */
export async function runCron(
  nowMs: number,
  dependencies: Partial<Omit<WebhookDependencies, 'now'>> = {},
): Promise<void> {
  await sendOperatorAlerts({ ...defaultDependencies, ...dependencies, now: () => nowMs }, maxAttemptMs);
}

/** Attempts that ended at a moment, by default completed ones. */
export async function insertAttempts(
  provider: string,
  endedAtMs: number,
  count: number,
  columns: Partial<LedgerRow> = {},
): Promise<string[]> {
  const { totalMs = 1_000, errorCode = null } = columns;
  const rows = Array.from(
    { length: count },
    (): LedgerRow => ({
      tenantId: 'ten_alerts',
      keyId: 'key_alerts',
      source: 'sync',
      model: 'm',
      status: errorCode === null ? 'completed' : 'failed',
      tokenSource: 'none',
      createdAt: new Date(endedAtMs - totalMs),
      ...columns,
      provider,
      totalMs,
      requestId: newId('req'),
    }),
  );
  await insertLedgerRows(database, rows);
  return rows.map(({ requestId }) => requestId);
}

/** A provider that no other test uses. */
export function newProvider(): string {
  return `provider-${crypto.randomUUID()}`;
}

/** The events about a provider, or about the jobs from a moment on, in their order. */
export async function readEvents(subject: string | { readonly name: AlertName; readonly fromMs: number }) {
  const rows = await database.select().from(webhookDeliveries).where(isNull(webhookDeliveries.tenantId));
  const events = rows.map((row) => ({ row, event: JSON.parse(row.payload ?? '') as AlertEvent }));
  return events
    .filter(({ event }) =>
      typeof subject === 'string'
        ? event.data.provider === subject
        : event.type.startsWith('jobs.') && Date.parse(event.timestamp) >= subject.fromMs,
    )
    .sort((left, right) => left.event.timestamp.localeCompare(right.event.timestamp));
}

/** The types of the events about a provider, in their order. */
export async function readTypes(subject: Parameters<typeof readEvents>[0]): Promise<string[]> {
  return (await readEvents(subject)).map(({ event }) => event.type);
}
