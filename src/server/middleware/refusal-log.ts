import { getWaitUntil, type HttpContext, type HttpEnv } from '../../http/context.ts';
import { LoggedRequest } from '../../request-log/logged-request.ts';
import { RefusalSampler } from '../../request-log/refusal-sampler.ts';
import { createRefusalEntry, type RequestEntry } from '../../request-log/request-entry.ts';

export interface RefusalLogOptions {
  /** The routes of model requests. */
  readonly paths: ReadonlySet<string>;
  readonly recordRefusal: (entry: RequestEntry, waitUntil: (work: Promise<unknown>) => void) => void;
  readonly now: () => number;
}

/**
 * Creates the function that logs a model request which was answered with an error before any provider was asked. A request without a
 * valid API key belongs to no tenant, and is not logged.
 */
export function createRefusalLog({ paths, recordRefusal, now }: RefusalLogOptions) {
  const sampler = new RefusalSampler();
  return (context: HttpContext, startedAtMs: number): void => {
    const principal = context.get('principal') as HttpEnv['Variables']['principal'] | undefined;
    const error = context.get('error');
    const path = context.req.routePath;
    if (!principal || !error || context.req.method !== 'POST' || !paths.has(path)) return;
    const endedAtMs = now();
    const represents = sampler.count(principal.keyId, endedAtMs);
    if (represents === 0) return;
    const log = context.get('log') ?? new LoggedRequest({ path });
    log.recordAnswer({ httpStatus: context.res.status, translation: context.get('translation') });
    const entry = createRefusalEntry(
      {
        requestId: context.get('requestId'),
        clientRequestId: context.get('clientRequestId'),
        tenantId: principal.tenantId,
        keyId: principal.keyId,
        endUser: log.endUser,
        ...log.requested,
        error,
        startedAtMs,
        endedAtMs,
        represents,
      },
      log,
    );
    recordRefusal(entry, getWaitUntil(context));
  };
}
