import { Webhook } from 'standardwebhooks';
import type { Database } from '../db/client.ts';
import { findSigningSecrets, insertFirstSecret } from '../db/queries/webhook-secrets.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';

/** Finds the secrets that sign a tenant's deliveries, the newest first. Creates one if there is none. */
export async function ensureSigningSecrets(database: Database, tenantId: string): Promise<readonly string[]> {
  const existing = await findSigningSecrets(database, tenantId);
  if (existing.length > 0) return existing;
  await insertFirstSecret(database, tenantId, newWebhookSecret());
  return await findSigningSecrets(database, tenantId);
}

interface SignedMessage {
  readonly id: string;
  readonly body: string;
  /** The time of the attempt, not of the event: receivers refuse a difference of more than five minutes. */
  readonly sentAtMs: number;
}

/** Builds the headers of an attempt, signed with each secret. Source: Standard Webhooks 1.0.0, "Webhook headers". */
export function signWebhook({ id, body, sentAtMs }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const sentAt = new Date(sentAtMs);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAtMs / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(' '),
  };
}
