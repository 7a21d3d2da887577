import { eq } from 'drizzle-orm';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import { findWebhookAttempts } from '../../src/db/queries/webhook-deliveries.ts';
import { webhookDeliveries } from '../../src/db/schema/webhooks.ts';
import { newId } from '../../src/domain/ids.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ReceivedWebhook } from '../support/webhook-receiver.ts';
import { database, variables } from './gateway.ts';

/** A URL of the receiver that no other test uses, answered by what it begins with, such as `status/500`. */
export function receiverUrl(kind: string): string {
  return `${variables.RECEIVER_URL}/${kind}/${crypto.randomUUID()}`;
}

/** What has come to a URL of the receiver so far. */
export async function received(url: string): Promise<ReceivedWebhook[]> {
  const response = await fetch(`${variables.RECEIVER_URL}/_seen?path=${encodeURIComponent(new URL(url).pathname)}`);
  return await response.json<ReceivedWebhook[]>();
}

/** What has come to a URL of the receiver, once something has. */
export async function receivedOnce(url: string): Promise<ReceivedWebhook> {
  return await waitFor(async () => {
    const [first] = await received(url);
    if (!first) throw new Error('nothing has come');
    return first;
  });
}

/** A delivery that nothing has been told of yet, with its body. */
export async function insertDelivery(tenantId: string, url: string): Promise<string> {
  const id = `whd_${newId('job').slice(4)}`;
  const row = { id, tenantId, jobId: `job_${id.slice(4)}`, url, payload: `{"id":"${id}"}` };
  await database.insert(webhookDeliveries).values({ ...row, event: 'job.completed' });
  return id;
}

/** A delivery's row and its attempts. */
export async function readDelivery(id: string) {
  const [row] = await database.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id));
  if (!row) throw new Error(`no delivery ${id}`);
  return { ...row, attempts: (await findWebhookAttempts(database, [id])).get(id) ?? [] };
}

const openai = new OpenAI({ apiKey: 'x' });

/** The packages that receivers verify webhooks with. */
export const verifiers: Readonly<Record<string, (webhook: ReceivedWebhook, secret: string) => Promise<unknown>>> = {
  standardwebhooks: async ({ body, headers }, secret) => new Webhook(secret).verify(body, headers),
  openai: async ({ body, headers }, secret) => await openai.webhooks.unwrap(body, headers, secret),
};

/** Expects that every verifier takes a webhook for ours. */
export async function expectVerified(webhook: ReceivedWebhook, secret: string): Promise<void> {
  for (const verify of Object.values(verifiers))
    expect(await verify(webhook, secret)).toEqual(JSON.parse(webhook.body));
}

/** Expects that no verifier does. */
export async function expectRefused(webhook: ReceivedWebhook, secret: string): Promise<void> {
  for (const verify of Object.values(verifiers)) await expect(verify(webhook, secret)).rejects.toThrow();
}
