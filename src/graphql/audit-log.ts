import { type AuditPage, listAuditLog, maxAuditPageSize } from '../audit/list-audit-log.ts';
import { type AuditActor, type AuditEntry, auditActions, auditSubjectTypes } from '../domain/audit.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';

const defaultSize = 20;

const AuditActorTypeRef = builder.enumType('AuditActorType', {
  values: {
    KEY: { value: 'key', description: 'An API key, over GraphQL.' },
    CLI: { value: 'cli', description: '`npm run admin` or `npm run reconcile`.' },
  } as const,
});

const AuditActorRef = builder.objectRef<AuditActor>('AuditActor').implement({
  fields: (t) => ({
    type: t.expose('type', { type: AuditActorTypeRef }),
    id: t.exposeString('id', {
      description: "The key's id, or the name of the user of the operating system that ran the command.",
    }),
    tenantId: t.exposeID('tenantId', { nullable: true, description: 'The tenant of the key; null for a command.' }),
  }),
});

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  description: 'A change that an administrator has made. An entry never changes.',
  fields: (t) => ({
    id: t.exposeID('id'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    actor: t.expose('actor', { type: AuditActorRef }),
    tenantId: t.exposeID('tenantId', {
      nullable: true,
      description: 'The tenant whose object was changed; null: an object of all tenants.',
    }),
    action: t.exposeString('action', { description: `One of ${auditActions.join(', ')}.` }),
    subjectType: t.exposeString('subjectType', { description: `One of ${auditSubjectTypes.join(', ')}.` }),
    subjectId: t.exposeString('subjectId', {
      description: 'An id, the name of a route, a provider, or `provider/model` of a price.',
    }),
    before: t.expose('before', {
      type: 'JSON',
      nullable: true,
      description:
        'The fields that have changed, as they were; null: the object did not exist. Money is dollars as text.',
    }),
    after: t.expose('after', {
      type: 'JSON',
      nullable: true,
      description: 'The same fields as they are since then; null: the object exists no longer.',
    }),
  }),
});

const CursorPageInfoRef = builder
  .objectRef<{ readonly hasNextPage: boolean; readonly endCursor: string | null }>('CursorPageInfo')
  .implement({
    description: 'The end of a page of a list that is only read forwards and not counted.',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage'),
      endCursor: t.exposeString('endCursor', { nullable: true, description: '`after` of the next page.' }),
    }),
  });

const AuditLogRef = builder.objectRef<AuditPage>('AuditLog').implement({
  fields: (t) => ({
    nodes: t.field({ type: [AuditEntryRef], resolve: ({ nodes }) => [...nodes] }),
    pageInfo: t.field({ type: CursorPageInfoRef, resolve: (page) => page }),
  }),
});

const AuditLogFilterRef = builder.inputType('AuditLogFilter', {
  description: 'What is left out does not narrow.',
  fields: (t) => ({
    tenantId: t.id({ description: 'The tenant whose objects were changed.' }),
    actorKeyId: t.id({ description: 'The key that made the change.' }),
    subjectId: t.string(),
    action: t.string({ description: 'Such as api_key.created.' }),
    since: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    until: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
});

builder.queryField('auditLog', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: AuditLogRef,
    description:
      'Who has changed what, of all tenants, the newest first: 20 unless asked otherwise, at most 100 at once.',
    args: { filter: t.arg({ type: AuditLogFilterRef }), first: t.arg.int(), after: t.arg.string() },
    complexity: ({ first }) => ({
      field: 1,
      multiplier: Math.min(Math.max(first ?? defaultSize, 1), maxAuditPageSize),
    }),
    resolve: (_, { filter, first, after }, { tenants }) =>
      listAuditLog(tenants.database, filter ?? {}, { size: first ?? defaultSize, after }),
  }),
);
