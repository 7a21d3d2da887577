import type { Database } from '../db/client.ts';
import { replaceSecret } from '../db/queries/webhook-secrets.ts';
import type { AuditActor } from '../domain/audit.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';

const maxOverlapSeconds = 604_800;

/** A new secret, which is shown only once. */
export interface RotatedSecret {
  /** `whs_…` */
  readonly id: string;
  /** `whsec_…` */
  readonly secret: string;
  /** The time until which the older secrets sign too; null if none is valid. */
  readonly oldSecretsEndAt: Date | null;
}

/**
 * Creates a new secret for a tenant. The older ones sign every delivery too for `overlapSeconds` (0: they end at once), so that
 * receivers can change over. Throws `invalid_request` for more than 7 days.
 */
export async function rotateWebhookSecret(
  database: Database,
  tenantId: string,
  overlapSeconds: number,
  actor: AuditActor,
): Promise<RotatedSecret> {
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > maxOverlapSeconds) {
    const range = `a whole number from 0 to ${maxOverlapSeconds} (7 days)`;
    throw invalidFieldError(['overlapSeconds'], `must be ${range}`);
  }
  const secret = { id: newId('whs'), secret: newWebhookSecret() };
  const oldSecretsEndAt = await replaceSecret(database, { ...secret, tenantId, overlapSeconds }, actor);
  return { ...secret, oldSecretsEndAt };
}
