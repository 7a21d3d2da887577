import { type ForgottenEndUser, forgetEndUser } from '../tenants/forget-end-user.ts';
import { type RequestBodies, readRequestBodies } from '../tenants/request-bodies.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';

const readCost = 50;
const forgetCost = 1_000;

const RequestBodiesRef = builder.objectRef<RequestBodies>('RequestBodies').implement({
  description: 'The bodies of a request whose API key keeps them, at most 64 KiB each. Secrets are masked.',
  fields: (t) => ({
    requestId: t.exposeID('requestId'),
    tenantId: t.exposeID('tenantId'),
    request: t.exposeString('request', { nullable: true, description: 'Null: it was not JSON, or was not read.' }),
    reply: t.exposeString('reply', {
      nullable: true,
      description: 'Of a stream: the events as the client got them. Null: it was neither JSON nor a stream of text.',
    }),
    isRequestCut: t.exposeBoolean('isRequestCut', { description: 'Whether the rest of it is not kept.' }),
    isReplyCut: t.exposeBoolean('isReplyCut'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
  }),
});

const ForgottenEndUserRef = builder.objectRef<ForgottenEndUser>('ForgottenEndUser').implement({
  fields: (t) => ({
    requests: t.exposeInt('requests', {
      description: 'Of the request log, which name no end user and session any more.',
    }),
    ledgerRows: t.exposeInt('ledgerRows'),
    jobs: t.exposeInt('jobs'),
    bodies: t.exposeInt('bodies', { description: 'Requests whose bodies were deleted.' }),
    days: t.exposeInt('days', { description: 'Days whose sums are now those of `(erased)`.' }),
    pinnedKeyIds: t.idList({
      description: 'The keys that name the end user in all their requests, until they are changed.',
      resolve: ({ pinnedKeyIds }) => [...pinnedKeyIds],
    }),
    isComplete: t.exposeBoolean('isComplete', { description: 'False: there is more. Send the mutation again.' }),
  }),
});

builder.queryField('requestBodies', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: RequestBodiesRef,
    nullable: true,
    description: 'The kept bodies of a request; null where there are none. Each reading is an entry of the audit log.',
    args: { requestId: t.arg.id({ required: true, description: 'The id of the gateway: req_…' }) },
    complexity: readCost,
    resolve: async (_, { requestId }, { tenants }) => (await readRequestBodies(tenants, requestId)) ?? null,
  }),
);

builder.mutationField('forgetEndUser', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: ForgottenEndUserRef,
    description:
      'Erases an end user of a tenant from the request log, the ledger, jobs, kept bodies and sums. Safe to repeat.',
    args: { tenantId: t.arg.id({ required: true }), endUser: t.arg.string({ required: true }) },
    complexity: forgetCost,
    resolve: (_, args, { tenants }) => forgetEndUser(tenants, args),
  }),
);
