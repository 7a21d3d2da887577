import { findRequest } from '../db/queries/requests.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { findRequests, type RequestPage } from '../request-log/find-requests.ts';
import { builder } from './builder.ts';
import { getPageSize } from './page.ts';
import { RequestRef } from './request.ts';
import { parseRequestFilter, RequestFilterRef } from './request-filter.ts';
import { requireScopes } from './scopes.ts';

/** A filter without an index looks at many rows. */
const pageCost = 50;
const defaultSize = 20;
const maxSize = 100;

const RequestPageInfoRef = builder.objectRef<RequestPage>('RequestPageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.boolean({ resolve: ({ next }) => next !== null }),
    endCursor: t.string({
      nullable: true,
      description: 'Goes into `after` for the next page; null where there is none.',
      resolve: ({ next }) => next,
    }),
  }),
});

const RequestPageRef = builder.objectRef<RequestPage>('RequestPage').implement({
  fields: (t) => ({
    nodes: t.field({ type: [RequestRef], resolve: ({ rows }) => [...rows] }),
    pageInfo: t.field({ type: RequestPageInfoRef, resolve: (page) => page }),
    scannedUntil: t.expose('scannedUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'The time up to which the page has looked, where it ended before it was full: the filter has no index of its own, and the page looks at 50,000 requests. The next page goes on from there.',
    }),
  }),
});

builder.queryFields((t) => ({
  requests: t.field({
    extensions: requireScopes('read'),
    type: RequestPageRef,
    description:
      'The request log of the tenant, and with the scope admin of all tenants, the newest request first. A request is there about a second after it has ended.',
    args: {
      filter: t.arg({ type: RequestFilterRef }),
      first: t.arg.int({ description: `1 to ${maxSize}. Left out: ${defaultSize}.` }),
      after: t.arg.string({ description: 'The `endCursor` of the page before, with the same filter.' }),
    },
    complexity: ({ first }) => ({ field: pageCost, multiplier: getPageSize(first, undefined) }),
    resolve: async (_, { filter, first, after }, { jobs: { database, gateway }, principal }) => {
      if (first != null && (first < 1 || first > maxSize))
        throw invalidFieldError(['first'], `must be 1 to ${maxSize}`);
      const query = parseRequestFilter(filter, principal);
      const page = { first: first ?? defaultSize, after: after ?? undefined };
      return await findRequests({ database, now: gateway.now }, query, page);
    },
  }),
  request: t.field({
    extensions: requireScopes('read'),
    type: RequestRef,
    nullable: true,
    description: "A request by the gateway's id, or the newest by the client's own x-request-id.",
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_, { id }, { jobs: { database }, principal }) => {
      const tenantId = principal.scopes.includes('admin') ? undefined : principal.tenantId;
      return /^[\w.-]{1,128}$/.test(id) ? ((await findRequest(database, tenantId, id)) ?? null) : null;
    },
  }),
}));
