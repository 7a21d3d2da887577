import { getWaitUntil, type HttpContext, type HttpEnv } from '../../http/context.ts';
import { LoggedRequest } from '../../request-log/logged-request.ts';
import { RefusalSampler } from '../../request-log/refusal-sampler.ts';
import { createRefusalEntry, type RefusedRequest, type RequestEntry } from '../../request-log/request-entry.ts';

export interface RefusalLogOptions {
  /** The routes of model requests. */
  readonly paths: ReadonlySet<string>;
  readonly recordRefusal: (entry: RequestEntry, waitUntil: (work: Promise<unknown>) => void) => void;
  readonly now: () => number;
}

/** What is logged of one refusal beside what its HTTP request says. */
interface Refusal {
  readonly log: LoggedRequest;
  readonly error: RefusedRequest['error'];
  readonly startedAtMs: number;
  readonly ids: Pick<RefusedRequest, 'requestId' | 'clientRequestId'>;
}

/**
 * Creates the function that logs a model request which was answered with an error before any provider was asked, and a job that GraphQL
 * has refused. A request without a valid API key belongs to no tenant, and is not logged.
 */
export function createRefusalLog({ paths, recordRefusal, now }: RefusalLogOptions) {
  const sampler = new RefusalSampler();
  const record = (context: HttpContext, { log, error, startedAtMs, ids }: Refusal) => {
    const { keyId, tenantId } = context.get('principal');
    const endedAtMs = now();
    const represents = sampler.count(keyId, endedAtMs);
    if (represents === 0) return;
    log.recordAnswer({ httpStatus: context.res.status, translation: context.get('translation') });
    const { endUser, requested } = log;
    const refused = { ...ids, tenantId, keyId, endUser, ...requested, error, startedAtMs, endedAtMs, represents };
    recordRefusal(createRefusalEntry(refused, log), getWaitUntil(context));
  };
  return (context: HttpContext, startedAtMs: number): void => {
    const ids = { requestId: context.get('requestId'), clientRequestId: context.get('clientRequestId') };
    const refusedJob = context.get('refusedJob');
    if (refusedJob) record(context, { ...refusedJob, startedAtMs, ids });
    const principal = context.get('principal') as HttpEnv['Variables']['principal'] | undefined;
    const error = context.get('error');
    const path = context.req.routePath;
    if (!principal || !error || context.req.method !== 'POST' || !paths.has(path)) return;
    record(context, { log: context.get('log') ?? new LoggedRequest({ path }), error, startedAtMs, ids });
  };
}
