import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Environment } from './environment.ts';
import { percentile } from './statistics.ts';

export interface JobFigures {
  /** Jobs per second from the first creation to the last end, by the clock of Postgres. */
  readonly perSecond: number;
  /** Milliseconds from creation to COMPLETED of sequential jobs. */
  readonly restP50Ms: number;
}

const createJobs = 'mutation ($inputs: [CreateJobInput!]!) { createJobs(inputs: $inputs) { id } }';
const atOnce = 100;
const maxWaitMs = 120_000;

/** Creates jobs as fast as GraphQL accepts them, and waits until the consumer has completed them. */
export async function measureJobs(stand: Environment, count: number, singles: number): Promise<JobFigures> {
  await create(stand, 1, 'warm-up');
  await waitFor(stand, 'warm-up', 1);
  for (let index = 0; index < singles; index += 1) {
    await create(stand, 1, 'single');
    await waitFor(stand, 'single', index + 1);
    await wait(50);
  }
  const rest = await timesOf(stand, 'single');
  for (let created = 0; created < count; created += atOnce) await create(stand, atOnce, 'many');
  await waitFor(stand, 'many', count);
  const many = await timesOf(stand, 'many');
  const begin = Math.min(...many.map(({ createdAtMs }) => createdAtMs));
  const end = Math.max(...many.map(({ finishedAtMs }) => finishedAtMs));
  const restMs = rest.map(({ createdAtMs, finishedAtMs }) => finishedAtMs - createdAtMs);
  return {
    perSecond: (count / (end - begin)) * 1000,
    restP50Ms: percentile(
      restMs.toSorted((left, right) => left - right),
      50,
    ),
  };
}

async function create({ gateway, key }: Environment, count: number, kind: string): Promise<void> {
  const inputs = Array.from({ length: count }, () => ({
    input: kind,
    provider: 'stub',
    model: 'stub',
    metadata: { kind },
  }));
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query: createJobs, variables: { inputs } }),
  });
  const answer = JSON.stringify(await response.json());
  if (!response.ok || answer.includes('"errors"')) throw new Error(`jobs could not be made: ${answer.slice(0, 300)}`);
}

async function waitFor({ database }: Environment, kind: string, count: number): Promise<void> {
  for (const untilMs = Date.now() + maxWaitMs; Date.now() < untilMs; await wait(50)) {
    const { rows } = await database.execute(
      sql`SELECT count(*)::int AS done FROM jobs WHERE status = 'COMPLETED' AND metadata->>'kind' = ${kind}`,
    );
    if (Number(rows[0]?.done) >= count) return;
  }
  throw new Error(`${count} jobs had not ended after ${maxWaitMs / 1000} s`);
}

async function timesOf(
  { database }: Environment,
  kind: string,
): Promise<{ createdAtMs: number; finishedAtMs: number }[]> {
  const { rows } = await database.execute(sql`SELECT extract(epoch FROM created_at) * 1000 AS created,
    extract(epoch FROM finished_at) * 1000 AS finished FROM jobs WHERE metadata->>'kind' = ${kind}`);
  return rows.map(({ created, finished }) => ({ createdAtMs: Number(created), finishedAtMs: Number(finished) }));
}
