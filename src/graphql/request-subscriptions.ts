import { checkScope } from '../auth/check-scope.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import type { RequestFilter } from '../domain/request-filter.ts';
import { abortOnReturn } from '../lib/abort-on-return.ts';
import { type RequestBatch, watchRequests } from '../request-log/watch-requests.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { RequestRef } from './request.ts';
import { parseRequestFilter, RequestFilterRef } from './request-filter.ts';
import { requireScopes } from './scopes.ts';

/** The cost of up to a thousand statements in ten minutes. */
const watchCost = 500;

const RequestBatchRef = builder.objectRef<RequestBatch>('RequestBatch').implement({
  fields: (t) => ({
    nodes: t.field({ type: [RequestRef], resolve: ({ rows }) => [...rows] }),
    skipped: t.exposeInt('skipped', {
      description: 'How many more requests there were than fit in a batch, at least. `requests` has them.',
    }),
  }),
});

builder.subscriptionFields((t) => ({
  requestsUpdated: t.field({
    extensions: requireScopes('read'),
    type: RequestBatchRef,
    description:
      'Requests as they are logged, about a second after they have ended, up to 200 at once. After 10 minutes an error with the code unavailable asks to subscribe again.',
    args: { filter: t.arg({ type: RequestFilterRef }) },
    complexity: { field: watchCost },
    subscribe: (_, args, context) => {
      const { filter, since, until } = parseRequestFilter(args.filter, context.principal);
      const path = since ? 'since' : 'until';
      if (since || until) throw invalidFieldError(['filter', path], 'is for requests: a subscription begins with now');
      return abortOnReturn(context.requestInfo.signal, (signal) => streamRequests(context, filter, signal));
    },
    resolve: (batch) => batch,
  }),
}));

async function* streamRequests(
  { jobs: { database }, principal, requestInfo }: GraphQlContext,
  filter: RequestFilter,
  signal: AbortSignal,
): AsyncGenerator<RequestBatch, void> {
  for await (const batch of watchRequests(database, filter, signal)) {
    if (filter.tenantId !== principal.tenantId) checkScope(await requestInfo.reauthenticate(), ['admin']);
    yield batch;
  }
  if (signal.aborted) return;
  throw new GatewayError('unavailable', 'This subscription has lasted 10 minutes: subscribe again to go on.');
}
