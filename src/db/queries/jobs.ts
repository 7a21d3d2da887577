import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNotNull, lt, type SQL, sql, sum } from 'drizzle-orm';
import { encodeTime } from 'ulid';
import type { Job, JobStatus, JobType } from '../../domain/job.ts';
import type { ChatRequest } from '../../domain/request.ts';
import { parseExactJson } from '../../lib/exact-json.ts';
import type { Database } from '../client.ts';
import { jobCounts } from '../schema/job-counts.ts';
import { jobs } from '../schema/jobs.ts';

const {
  call,
  responseRequest,
  responseSettings,
  leaseToken,
  leaseExpiresAt,
  nextAttemptAt,
  enqueuedAt,
  updatedAt,
  metadata,
  ...otherColumns
} = getTableColumns(jobs);

/** The columns of `Job`. The driver parses `json` itself, and rounds numbers beyond 2 ** 53. */
export const jobColumns = { ...otherColumns, metadata: sql<unknown>`${metadata}::text`.mapWith(parseExactJson) };

/** Finds a tenant's job; undefined for an unknown id and for the id of another tenant's job. */
export async function findJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [row] = await findJobs(database, tenantId, [id]);
  return row;
}

/** Finds a tenant's jobs by their ids, in any order. */
export async function findJobs(database: Database, tenantId: string, ids: readonly string[]): Promise<Job[]> {
  return await database
    .select(jobColumns)
    .from(jobs)
    .where(and(inArray(jobs.id, [...ids]), eq(jobs.tenantId, tenantId)));
}

/** Selects a tenant's jobs. An absent field does not restrict them. */
export interface JobFilter {
  readonly statuses?: readonly JobStatus[] | undefined;
  readonly types?: readonly JobType[] | undefined;
  readonly providers?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  /** Inclusive. */
  readonly createdFrom?: Date | undefined;
  /** Exclusive. */
  readonly createdBefore?: Date | undefined;
  /** Only failed jobs that the dead-letter queue's consumer has marked. */
  readonly deadLettered?: boolean | undefined;
}

interface JobPage {
  readonly limit: number;
  /** The order of creation; `newest` first by default. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Only jobs after the one with this id, in the order of the page. */
  readonly after?: string | undefined;
  /** Only jobs before the one with this id, in the order of the page. */
  readonly before?: string | undefined;
}

/** Lists a page of a tenant's jobs in the order of their creation: at most `limit`. */
export async function listJobs(
  database: Database,
  tenantId: string,
  { limit, order = 'newest', after, before }: JobPage,
  filter: JobFilter = {},
): Promise<Job[]> {
  const [later, earlier] = order === 'newest' ? [lt, gt] : [gt, lt];
  return await database
    .select(jobColumns)
    .from(jobs)
    .where(
      and(
        buildCondition(tenantId, filter),
        after === undefined ? undefined : later(jobs.id, after),
        before === undefined ? undefined : earlier(jobs.id, before),
      ),
    )
    .orderBy(order === 'newest' ? desc(jobs.id) : asc(jobs.id))
    .limit(limit);
}

/** Counts a tenant's jobs. Without a filter it reads the counts that a trigger maintains. */
export async function countJobs(database: Database, tenantId: string, filter: JobFilter = {}): Promise<number> {
  if (Object.values(filter).some((value) => value !== undefined)) {
    return await database.$count(jobs, buildCondition(tenantId, filter));
  }
  const [row] = await database
    .select({ jobs: sum(jobCounts.jobs).mapWith(Number) })
    .from(jobCounts)
    .where(eq(jobCounts.tenantId, tenantId));
  return row?.jobs ?? 0;
}

function buildCondition(tenantId: string, filter: JobFilter): SQL | undefined {
  const { statuses, types, providers, models, createdFrom, createdBefore, deadLettered } = filter;
  return and(
    eq(jobs.tenantId, tenantId),
    statuses && inArray(jobs.status, [...statuses]),
    types && inArray(jobs.type, [...types]),
    providers && inArray(jobs.provider, [...providers]),
    models && inArray(jobs.model, [...models]),
    // An id begins with its time of creation: the condition on the id limits the range of the index that is read.
    createdFrom &&
      and(gte(jobs.createdAt, createdFrom), gte(jobs.id, firstIdAt(createdFrom.getTime() - maxClockSkewMs))),
    createdBefore &&
      and(lt(jobs.createdAt, createdBefore), lt(jobs.id, firstIdAt(createdBefore.getTime() + maxClockSkewMs))),
    deadLettered ? isNotNull(jobs.deadLetteredAt) : undefined,
  );
}

/** Between the clock of the isolate that creates an id and the clock of Postgres. */
const maxClockSkewMs = 3_600_000;

function firstIdAt(ms: number): string {
  return `job_${encodeTime(Math.min(Math.max(0, ms), 2 ** 48 - 1))}`;
}

/** The maximum number of changes that are listed at once. */
export const maxChanges = 100;

/** A position in the order of changes. */
export interface ChangeCursor {
  /** As text from Postgres: a Date has no microseconds. */
  readonly at: string;
  /** Empty: before all changes at that time. */
  readonly id: string;
}

/** A job after a change, and the time of the change. */
export interface JobChange {
  readonly job: Job;
  readonly updatedAt: Date;
  readonly cursor: ChangeCursor;
}

/**
 * Lists a tenant's jobs whose status changed after a cursor, in the order of the changes: at most 100. A job that changes
 * while a client reads page after page moves to the end and hides no other job.
 */
export async function listChangedJobs(
  database: Database,
  tenantId: string,
  { at, id }: ChangeCursor,
): Promise<JobChange[]> {
  const rows = await database
    .select({ ...jobColumns, updatedAt, at: sql<string>`${updatedAt}::text` })
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), sql`(${updatedAt}, ${jobs.id}) > (${at}::timestamptz, ${id})`))
    .orderBy(asc(jobs.updatedAt), asc(jobs.id))
    .limit(maxChanges);
  return rows.map(({ updatedAt, at, ...job }) => ({ job, updatedAt, cursor: { at, id: job.id } }));
}

/** Finds the requests of jobs by the ids of the jobs; null if the request has been purged. */
export async function findJobRequests(
  database: Database,
  ids: readonly string[],
): Promise<Map<string, Omit<ChatRequest, 'model'> | null>> {
  const rows = await database
    .select({ id: jobs.id, call })
    .from(jobs)
    .where(inArray(jobs.id, [...ids]));
  return new Map(rows.map(({ id, call }) => [id, call]));
}

/** Finds the jobs that retry failed jobs, by the ids of the failed jobs. */
export async function findRetries(database: Database, ids: readonly string[]): Promise<Map<string, Job>> {
  const rows = await database
    .select(jobColumns)
    .from(jobs)
    .where(inArray(jobs.retryOf, [...ids]));
  return new Map(rows.map((row) => [row.retryOf ?? '', row]));
}

/** Cancels a job that is not final; returns undefined if there is none. Its worker notices when it renews its lease. */
export async function cancelJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [row] = await database
    .update(jobs)
    .set({ status: 'CANCELLED', finishedAt: sql`now()` })
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId), inArray(jobs.status, ['PENDING', 'RUNNING'])))
    .returning(jobColumns);
  return row;
}
