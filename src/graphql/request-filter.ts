import type { requestSources } from '../domain/ledger.ts';
import type { Principal } from '../domain/principal.ts';
import { parseRequestQuery, type RequestQuery, type RequestQueryInput } from '../request-log/request-query.ts';
import { builder } from './builder.ts';

export const RequestStatusRef = builder.enumType('RequestStatus', {
  values: {
    COMPLETED: { value: 'completed' },
    FAILED: { value: 'failed' },
    CLIENT_GONE: { value: 'client_gone', description: 'The client has disconnected.' },
    REFUSED: { value: 'refused', description: 'No provider was asked.' },
  } as const,
});

export const RequestSourceRef = builder.enumType('RequestSource', {
  values: { SYNC: { value: 'sync' }, STREAM: { value: 'stream' }, JOB: { value: 'job' } } satisfies Record<
    string,
    { value: (typeof requestSources)[number] }
  >,
});

export const RequestFilterRef = builder.inputType('RequestFilter', {
  description: 'What is left out does not narrow.',
  fields: (t) => ({
    tenantId: t.id({ description: "Another tenant's, or all without it: for keys with the scope admin." }),
    id: t.id({ description: "The gateway's id or the client's x-request-id. No other field beside it but the times." }),
    keyId: t.id(),
    endUser: t.string(),
    sessionId: t.string(),
    status: t.field({ type: RequestStatusRef }),
    model: t.string({ description: 'Of the last attempt.' }),
    route: t.string(),
    provider: t.string({ description: 'Of the last attempt.' }),
    errorCode: t.string(),
    tag: t.string({ description: '`name=value`.' }),
    source: t.field({ type: RequestSourceRef }),
    minTotalMs: t.int({ description: 'Requests that took so long or longer.' }),
    fellBack: t.boolean({ description: 'Whether the request had more than one attempt.' }),
    since: t.field({ type: 'DateTime', description: 'Requests from then on. Left out: 24 hours before `until`.' }),
    until: t.field({
      type: 'DateTime',
      description: 'Requests before then; at most 31 days after `since`. Left out: now.',
    }),
  }),
});

/** Parses a filter. Throws `invalid_request` that names the field. */
export function parseRequestFilter(input: RequestQueryInput | null | undefined, principal: Principal): RequestQuery {
  return parseRequestQuery(input ?? {}, principal, ['filter']);
}
