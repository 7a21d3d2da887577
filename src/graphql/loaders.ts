import DataLoader from 'dataloader';
import type { Database } from '../db/client.ts';
import { findApiKeys } from '../db/queries/api-keys.ts';
import { findAttempts, type JobAttempt } from '../db/queries/job-events.ts';
import { findJobRequests, findJobs, findRetries } from '../db/queries/jobs.ts';
import { findPriceOverrides } from '../db/queries/price-overrides.ts';
import { findRequestAttempts, type RequestAttempt } from '../db/queries/requests.ts';
import { findRouteVersions } from '../db/queries/routes.ts';
import { findTenants } from '../db/queries/tenants.ts';
import { findDeliveries, findDeliveriesOfJobs, findWebhookAttempts } from '../db/queries/webhook-deliveries.ts';
import type { Job } from '../domain/job.ts';
import type { LimitOwner, Limits } from '../domain/limits.ts';
import type { PriceOverride } from '../domain/price-override.ts';
import type { ChatRequest } from '../domain/request.ts';
import type { RouteVersion } from '../domain/route.ts';
import type { ApiKey, Tenant } from '../domain/tenant.ts';
import type { WebhookAttempt, WebhookDelivery } from '../domain/webhook.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';

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
  /** The tenant's job with this id. */
  readonly jobs: DataLoader<string, Job | null>;
  /** By the ids of jobs. */
  readonly deliveries: DataLoader<string, readonly WebhookDelivery[]>;
  /** The tenant's delivery with this id. */
  readonly deliveriesById: DataLoader<string, WebhookDelivery | null>;
  /** By the ids of deliveries. */
  readonly webhookAttempts: DataLoader<string, readonly WebhookAttempt[]>;
  readonly apiKeys: DataLoader<string, ApiKey | null>;
  readonly tenants: DataLoader<string, Tenant | null>;
  readonly priceOverrides: DataLoader<string, PriceOverride | null>;
  /** The newest hundred of a route, the newest first, by `routeLoaderKey`. */
  readonly routeVersions: DataLoader<string, readonly RouteVersion[]>;
  /** What is left of the limits of a key or a tenant; null where Redis does not answer. */
  readonly remainingLimits: DataLoader<LimitOwner, Limits | null>;
  /** The attempts of a request, by `requestLoaderKey`. */
  readonly requestAttempts: DataLoader<string, readonly RequestAttempt[]>;
}

/** The key of a request with the time at which it started, which tells where the ledger has its attempts. */
export function requestLoaderKey({ id, createdAt }: { readonly id: string; readonly createdAt: Date }): string {
  return `${createdAt.getTime()} ${id}`;
}

/** The key of a route among those of all tenants. */
export function routeLoaderKey({ tenantId, name }: Pick<RouteVersion, 'tenantId' | 'name'>): string {
  return `${tenantId ?? ''} ${name}`;
}

interface LoaderDependencies extends Pick<TenantDependencies, 'readRemaining'> {
  readonly database: Database;
}

/**
 * Creates the loaders of a request. They cache nothing: a subscription loads the same job again because it has changed.
 */
export function createLoaders({ database, readRemaining }: LoaderDependencies, tenantId: string): Loaders {
  return {
    remainingLimits: new DataLoader(async (owners) => (await readRemaining?.(owners)) ?? owners.map(() => null), {
      cache: false,
      maxBatchSize,
    }),
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
    jobs: createIdLoader((ids) => findJobs(database, tenantId, ids)),
    deliveries: createLoader(async (ids) => {
      const rowsById = await findDeliveriesOfJobs(database, ids);
      return (id) => rowsById.get(id) ?? [];
    }),
    deliveriesById: createIdLoader((ids) => findDeliveries(database, tenantId, ids)),
    webhookAttempts: createLoader(async (ids) => {
      const rowsById = await findWebhookAttempts(database, ids);
      return (id) => rowsById.get(id) ?? [];
    }),
    apiKeys: createIdLoader((ids) => findApiKeys(database, ids)),
    tenants: createIdLoader((ids) => findTenants(database, ids)),
    priceOverrides: createIdLoader((ids) => findPriceOverrides(database, ids)),
    routeVersions: createLoader(async (keys) => {
      const places = keys.map((key) => {
        const [owner = '', name = ''] = key.split(' ');
        return { tenantId: owner === '' ? null : owner, name };
      });
      const versions = Map.groupBy(await findRouteVersions(database, places, maxRouteVersions), routeLoaderKey);
      return (key) => versions.get(key) ?? [];
    }),
    requestAttempts: createLoader(async (keys) => {
      const places = keys.map((key) => key.split(' '));
      const times = places.map(([ms]) => Number(ms)).toSorted((left, right) => left - right);
      const [from = 0] = times;
      const attempts = await findRequestAttempts(database, {
        ids: places.map(([, id = '']) => id),
        from: new Date(from),
        to: new Date(times.at(-1) ?? from),
      });
      return (key) => attempts.get(key.slice(key.indexOf(' ') + 1)) ?? [];
    }),
  };
}

/** Of each route. */
export const maxRouteVersions = 100;
const maxBatchSize = 1000;

function createLoader<T>(find: (ids: readonly string[]) => Promise<(id: string) => T>): DataLoader<string, T> {
  const load = async (ids: readonly string[]) => ids.map(await find([...new Set(ids)]));
  return new DataLoader(load, { cache: false, maxBatchSize });
}

/** Creates a loader of rows by their own ids; null for a row that is not found. */
function createIdLoader<Row extends { readonly id: string }>(
  find: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return createLoader(async (ids) => {
    const rowsById = new Map((await find(ids)).map((row) => [row.id, row]));
    return (id) => rowsById.get(id) ?? null;
  });
}
