import type { PageInfoShape } from '@pothos/plugin-relay';
import { countJobs, findJob, type JobFilter, listJobs } from '../db/queries/jobs.ts';
import type { Job } from '../domain/job.ts';
import { isJobId } from '../domain/job.ts';
import { builder } from './builder.ts';
import type { GraphQlContext } from './context.ts';
import { JobRef, JobStatusRef, JobTypeRef } from './job.ts';
import { parseJobFilter } from './job-filter.ts';
import { getPageSize, type PageArguments, parsePage } from './page.ts';
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

/** A count reads all jobs. */
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
      complexity: ({ first, last }) => ({ field: 1, multiplier: getPageSize(first, last) }),
      resolve: (_, { filter, ...page }, context) => listJobPage(context, page, parseJobFilter(filter)),
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
      complexity: ({ first, last }) => ({ field: 1, multiplier: getPageSize(first, last) }),
      resolve: (_, { filter, ...page }, context) =>
        listJobPage(context, page, { ...parseJobFilter(filter), deadLettered: true }),
    },
    JobConnectionRef,
  ),
);

async function listJobPage(
  { jobs: { database }, principal }: GraphQlContext,
  pageArguments: PageArguments,
  filter: JobFilter,
) {
  const { size, backwards, ...page } = parsePage(pageArguments);
  const rows = await listJobs(database, principal.tenantId, { ...page, limit: size + 1 }, filter);
  const hasMore = rows.length > size;
  const nodes = backwards ? rows.slice(0, size).reverse() : rows.slice(0, size);
  const pageInfo = {
    hasNextPage: backwards ? pageArguments.before != null : hasMore,
    hasPreviousPage: backwards ? hasMore : pageArguments.after != null,
    startCursor: nodes[0]?.id ?? null,
    endCursor: nodes.at(-1)?.id ?? null,
  };
  let total: Promise<number> | undefined;
  const count = () => {
    total ??= countJobs(database, principal.tenantId, filter);
    return total;
  };
  return { edges: nodes.map(toEdge), pageInfo: { ...pageInfo, count }, count };
}

function toEdge(node: Job) {
  return { cursor: node.id, node };
}
