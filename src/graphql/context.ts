import type { Principal } from '../domain/principal.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import type { WebhookDependencies } from '../webhooks/webhook-dependencies.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What GraphQL needs of the rest of the house. */
export interface GraphQlDependencies {
  readonly jobs: JobDependencies;
  readonly webhooks: WebhookDependencies;
  readonly tenants: TenantDependencies;
}

/** What the HTTP route knows of a request that is to be answered. */
export interface GraphQlCall {
  readonly principal: Principal;
  /** Looks again who calls, for answers that go on. Throws `unauthorized` once the key is good for nothing. */
  readonly reauthenticate: () => Promise<Principal>;
  /** `req_…`, told with each error. */
  readonly requestId: string;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** What resolvers work with: one for each request. */
export interface GraphQlContext {
  readonly call: GraphQlCall;
  readonly principal: Principal;
  readonly jobs: JobDependencies;
  readonly webhooks: WebhookDependencies;
  readonly tenants: TenantDependencies;
  readonly loaders: Loaders;
  /** Notes that a job in the reply was made by an earlier call with the same idempotency key. */
  readonly noteReplay: () => void;
}

/** The context of one request. */
export function createContext(
  { jobs, webhooks, tenants }: GraphQlDependencies,
  call: GraphQlCall,
  noteReplay: () => void,
): GraphQlContext {
  const { principal } = call;
  const loaders = createLoaders(jobs.database, principal.tenantId);
  return { call, principal, jobs, webhooks, tenants, loaders, noteReplay };
}
