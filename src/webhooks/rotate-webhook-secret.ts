import type { Database } from '../db/client.ts';
import { replaceSecret } from '../db/queries/webhook-secrets.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import { newWebhookSecret } from './new-webhook-secret.ts';

const maxOverlapSeconds = 604_800;

/** A new secret. It is shown this once. */
export interface RotatedSecret {
  /** `whs_…` */
  readonly id: string;
  /** `whsec_…` */
  readonly secret: string;
  /** Until when the older ones sign beside it; null where there is none that is valid. */
  readonly oldSecretsEndAt: Date | null;
}

/**
 * Gives a tenant a new secret. The older ones sign every delivery beside it for `overlapSeconds` more (0: they end at once),
 * so that receivers can change over in that time. Throws `invalid_request` for more than 7 days.
 */
export async function rotateWebhookSecret(
  database: Database,
  tenantId: string,
  overlapSeconds: number,
): Promise<RotatedSecret> {
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > maxOverlapSeconds) {
    const range = `a whole number from 0 to ${maxOverlapSeconds} (7 days)`;
    throw invalidFieldError(['overlapSeconds'], `must be ${range}`);
  }
  const made = { id: newId('whs'), secret: newWebhookSecret() };
  return { ...made, oldSecretsEndAt: await replaceSecret(database, { ...made, tenantId, overlapSeconds }) };
}
