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

/** What belongs to a job, a key or a tenant, by an id that the caller is known to be let see: one statement for a list. */
export interface Loaders {
  readonly attempts: DataLoader<string, readonly JobAttempt[]>;
  /** Null once it has been purged. */
  readonly calls: DataLoader<string, Omit<ChatRequest, 'model'> | null>;
  /** The job that does this one again. */
  readonly retries: DataLoader<string, Job | null>;
  /** The job with this id. */
  readonly jobs: DataLoader<string, Job | null>;
  readonly deliveries: DataLoader<string, readonly WebhookDelivery[]>;
  /** By the ids of deliveries. */
  readonly webhookAttempts: DataLoader<string, readonly WebhookAttempt[]>;
  readonly apiKeys: DataLoader<string, ApiKey | null>;
  readonly tenants: DataLoader<string, Tenant | null>;
}

/** Nothing is remembered: a subscription asks for the same job again because it has changed. */
export function createLoaders(database: Database, tenantId: string): Loaders {
  return {
    attempts: batched(async (ids) => {
      const found = await findAttempts(database, ids);
      return (id) => found.get(id) ?? [];
    }),
    calls: batched(async (ids) => {
      const found = await findJobRequests(database, ids);
      return (id) => found.get(id) ?? null;
    }),
    retries: batched(async (ids) => {
      const found = await findRetries(database, ids);
      return (id) => found.get(id) ?? null;
    }),
    jobs: batched(async (ids) => {
      const found = new Map((await findJobs(database, tenantId, ids)).map((job) => [job.id, job]));
      return (id) => found.get(id) ?? null;
    }),
    deliveries: batched(async (ids) => {
      const found = await findDeliveriesOfJobs(database, ids);
      return (id) => found.get(id) ?? [];
    }),
    webhookAttempts: batched(async (ids) => {
      const found = await findWebhookAttempts(database, ids);
      return (id) => found.get(id) ?? [];
    }),
    apiKeys: batched(async (ids) => {
      const found = new Map((await findApiKeys(database, ids)).map((key) => [key.id, key]));
      return (id) => found.get(id) ?? null;
    }),
    tenants: batched(async (ids) => {
      const found = new Map((await findTenants(database, ids)).map((tenant) => [tenant.id, tenant]));
      return (id) => found.get(id) ?? null;
    }),
  };
}

const maxBatchSize = 1000;

function batched<T>(find: (ids: readonly string[]) => Promise<(id: string) => T>): DataLoader<string, T> {
  const load = async (ids: readonly string[]) => ids.map(await find([...new Set(ids)]));
  return new DataLoader(load, { cache: false, maxBatchSize });
}
