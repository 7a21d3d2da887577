import DataLoader from 'dataloader';
import type { Database } from '../db/client.ts';
import { findApiKeys } from '../db/queries/api-keys.ts';
import { findAttempts, type JobAttempt } from '../db/queries/job-events.ts';
import { findJobRequests, findJobs, findRetries } from '../db/queries/jobs.ts';
import { findTenants } from '../db/queries/tenants.ts';
import { findDeliveriesOfJobs, findWebhookAttempts } from '../db/queries/webhook-deliveries.ts';
import type { Job } from '../domain/job.ts';
import type { ChatRequest } from '../domain/request.ts';
import type { ApiKey, Tenant } from '../domain/tenant.ts';
import type { WebhookAttempt, WebhookDelivery } from '../domain/webhook.ts';

/**
 * Loads what belongs to a job, a key or a tenant, with one statement for a list. The ids must be ones that the
 * principal may see.
 */
export interface Loaders {
  readonly attempts: DataLoader<string, readonly JobAttempt[]>;
  /** The request of a job; null once it has been purged. */
  readonly calls: DataLoader<string, Omit<ChatRequest, 'model'> | null>;
  /** The job that retries this one. */
  readonly retries: DataLoader<string, Job | null>;
  /** The job with this id. */
  readonly jobs: DataLoader<string, Job | null>;
  readonly deliveries: DataLoader<string, readonly WebhookDelivery[]>;
  /** By the ids of deliveries. */
  readonly webhookAttempts: DataLoader<string, readonly WebhookAttempt[]>;
  readonly apiKeys: DataLoader<string, ApiKey | null>;
  readonly tenants: DataLoader<string, Tenant | null>;
}

/**
 * Creates the loaders of a request. They cache nothing: a subscription loads the same job again because it has changed.
 */
export function createLoaders(database: Database, tenantId: string): Loaders {
  return {
    attempts: createLoader(async (ids) => {
      const rowsById = await findAttempts(database, ids);
      return (id) => rowsById.get(id) ?? [];
    }),
    calls: createLoader(async (ids) => {
      const rowsById = await findJobRequests(database, ids);
      return (id) => rowsById.get(id) ?? null;
    }),
    retries: createLoader(async (ids) => {
      const rowsById = await findRetries(database, ids);
      return (id) => rowsById.get(id) ?? null;
    }),
    jobs: createLoader(async (ids) => {
      const rowsById = new Map((await findJobs(database, tenantId, ids)).map((job) => [job.id, job]));
      return (id) => rowsById.get(id) ?? null;
    }),
    deliveries: createLoader(async (ids) => {
      const rowsById = await findDeliveriesOfJobs(database, ids);
      return (id) => rowsById.get(id) ?? [];
    }),
    webhookAttempts: createLoader(async (ids) => {
      const rowsById = await findWebhookAttempts(database, ids);
      return (id) => rowsById.get(id) ?? [];
    }),
    apiKeys: createLoader(async (ids) => {
      const rowsById = new Map((await findApiKeys(database, ids)).map((key) => [key.id, key]));
      return (id) => rowsById.get(id) ?? null;
    }),
    tenants: createLoader(async (ids) => {
      const rowsById = new Map((await findTenants(database, ids)).map((tenant) => [tenant.id, tenant]));
      return (id) => rowsById.get(id) ?? null;
    }),
  };
}

const maxBatchSize = 1000;

function createLoader<T>(find: (ids: readonly string[]) => Promise<(id: string) => T>): DataLoader<string, T> {
  const load = async (ids: readonly string[]) => ids.map(await find([...new Set(ids)]));
  return new DataLoader(load, { cache: false, maxBatchSize });
}
