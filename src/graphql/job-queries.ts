import type { PageInfoShape } from '@pothos/plugin-relay';
import { countJobs, findJob, type JobFilter, listJobs } from '../db/queries/jobs.ts';
import type { Job } from '../domain/job.ts';
import { isJobId } from '../domain/job.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { JobRef, JobStatusRef, JobTypeRef } from './job.ts';
import { readFilter } from './job-filter.ts';
import { type PageArguments, pageSize, readPage } from './page.ts';
import { requireScopes } from './scopes.ts';

const JobOrderRef = builder.enumType('JobOrder', { values: ['NEWEST_FIRST', 'OLDEST_FIRST'] as const });

const JobFilterRef = builder.inputType('JobFilter', {
  description: 'What is left out does not narrow.',
  fields: (t) => ({
    statuses: t.field({ type: [JobStatusRef] }),
    types: t.field({ type: [JobTypeRef] }),
    providers: t.stringList(),
    models: t.stringList(),
    createdFrom: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
});

const JobConnectionRef = builder.connectionObject(
  {
    type: JobRef,
    name: 'JobConnection',
    fields: (t) => ({
      totalCount: t.int({ complexity: countCost, resolve: ({ count }) => count() }),
    }),
  },
  { name: 'JobEdge' },
);

/** A count looks at every job there is. */
const countCost = 50;

builder.objectField(builder.pageInfoRef(), 'totalCount', (t) =>
  t.int({ complexity: countCost, resolve: (pageInfo) => (pageInfo as PageInfoShape & CountedPageInfo).count() }),
);

interface CountedPageInfo {
  readonly count: () => Promise<number>;
}

builder.queryField('job', (t) =>
  t.field({
    extensions: requireScopes('read', 'jobs'),
    type: JobRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_, { id }, { jobs, principal }) =>
      isJobId(id) ? ((await findJob(jobs.database, principal.tenantId, id)) ?? null) : null,
  }),
);

builder.queryField('jobs', (t) =>
  t.connection(
    {
      extensions: requireScopes('read', 'jobs'),
      type: JobRef,
      description: 'The 20 newest, unless asked otherwise; at most 100 at once.',
      args: {
        filter: t.arg({ type: JobFilterRef }),
        order: t.arg({ type: JobOrderRef, defaultValue: 'NEWEST_FIRST' }),
      },
      complexity: ({ first, last }) => ({ field: 1, multiplier: pageSize(first, last) }),
      resolve: (_, { filter, ...page }, context) => listPage(context, page, readFilter(filter)),
    },
    JobConnectionRef,
  ),
);

builder.queryField('deadLetters', (t) =>
  t.connection(
    {
      extensions: requireScopes('read', 'jobs'),
      type: JobRef,
      description: 'Failed jobs that have gone through the dead-letter queue.',
      args: {
        filter: t.arg({ type: JobFilterRef }),
        order: t.arg({ type: JobOrderRef, defaultValue: 'NEWEST_FIRST' }),
      },
      complexity: ({ first, last }) => ({ field: 1, multiplier: pageSize(first, last) }),
      resolve: (_, { filter, ...page }, context) =>
        listPage(context, page, { ...readFilter(filter), deadLettered: true }),
    },
    JobConnectionRef,
  ),
);

async function listPage({ jobs: { database }, principal }: GraphQlContext, asked: PageArguments, filter: JobFilter) {
  const { size, backwards, ...page } = readPage(asked);
  const rows = await listJobs(database, principal.tenantId, { ...page, limit: size + 1 }, filter);
  const hasMore = rows.length > size;
  const shown = backwards ? rows.slice(0, size).reverse() : rows.slice(0, size);
  const pageInfo = {
    hasNextPage: backwards ? asked.before != null : hasMore,
    hasPreviousPage: backwards ? hasMore : asked.after != null,
    startCursor: shown[0]?.id ?? null,
    endCursor: shown.at(-1)?.id ?? null,
  };
  let counted: Promise<number> | undefined;
  const count = () => {
    counted ??= countJobs(database, principal.tenantId, filter);
    return counted;
  };
  return { edges: shown.map(toEdge), pageInfo: { ...pageInfo, count }, count };
}

function toEdge(node: Job) {
  return { cursor: node.id, node };
}
