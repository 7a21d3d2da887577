import { Webhook } from 'standardwebhooks';
import type { Database } from '../db/client.ts';
import { findSigningSecrets, insertFirstSecret } from '../db/queries/webhook-secrets.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';

/** The secrets that a tenant's deliveries are signed with, the newest first. One is made where there is none. */
export async function signingSecrets(database: Database, tenantId: string): Promise<readonly string[]> {
  const known = await findSigningSecrets(database, tenantId);
  if (known.length > 0) return known;
  await insertFirstSecret(database, tenantId, newWebhookSecret());
  return await findSigningSecrets(database, tenantId);
}

interface SignedMessage {
  readonly id: string;
  readonly body: string;
  /** Of the attempt, not of the event: receivers refuse what is more than five minutes off. */
  readonly sentAtMs: number;
}

/** The headers of an attempt, signed with each secret. Source: Standard Webhooks 1.0.0, "Webhook headers". */
export function signWebhook({ id, body, sentAtMs }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const sentAt = new Date(sentAtMs);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAtMs / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(' '),
  };
}
