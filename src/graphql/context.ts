import type { Principal } from '../domain/principal.ts';
import type { Retention } from '../domain/retention.ts';
import type { JobDependencies } from '../jobs/job-dependencies.ts';
import type { RefusedJob } from '../request-log/logged-request.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import type { WebhookDependencies } from '../webhooks/webhook-dependencies.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** The dependencies of GraphQL. */
export interface GraphQlDependencies {
  readonly jobs: JobDependencies;
  readonly webhooks: WebhookDependencies;
  readonly tenants: Omit<TenantDependencies, 'actor'>;
  readonly retention: Retention;
}

/** What the HTTP route knows of a request. */
export interface GraphQlRequestInfo {
  readonly principal: Principal;
  /** Verifies the API key again, for responses that go on. Throws `unauthorized` once the key is no longer valid. */
  readonly reauthenticate: () => Promise<Principal>;
  /** `req_…`, sent with each error. */
  readonly requestId: string;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Keeps work alive behind the response. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Called with a job that is refused, for the request log. The mutation ends there: `createJob` is not null. */
  readonly onRefusedJob: (job: RefusedJob) => void;
}

/** The context of resolvers: one for each request. */
export interface GraphQlContext {
  readonly requestInfo: GraphQlRequestInfo;
  readonly principal: Principal;
  readonly jobs: JobDependencies;
  readonly webhooks: WebhookDependencies;
  readonly tenants: TenantDependencies;
  readonly retention: Retention;
  readonly loaders: Loaders;
  /** Called when a job in the response belongs to an earlier request with the same idempotency key. */
  readonly onReplay: () => void;
}

/** Creates the context of one request. */
export function createContext(
  { jobs, webhooks, tenants, retention }: GraphQlDependencies,
  requestInfo: GraphQlRequestInfo,
  onReplay: () => void,
): GraphQlContext {
  const { principal } = requestInfo;
  const { keyId: id, tenantId } = principal;
  const actor = { type: 'key', id, tenantId } as const;
  const loaders = createLoaders({ database: jobs.database, readRemaining: tenants.readRemaining }, tenantId);
  return { requestInfo, principal, jobs, webhooks, tenants: { ...tenants, actor }, retention, loaders, onReplay };
}
