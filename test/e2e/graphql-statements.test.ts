import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { findChildProcesses, readCpuMs } from '../support/process-usage.ts';
import { type StatementProxy, startStatementProxy } from '../support/statement-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

let gateway: MiniflareGateway;
let proxy: StatementProxy;
let key: string;
let pid: number | undefined;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: async ({ DATABASE_HTTP_URL = '' }) => {
      proxy = await startStatementProxy(DATABASE_HTTP_URL);
      return { DATABASE_HTTP_URL: proxy.url };
    },
  });
  ({ key } = await gateway.createTenant());
  [pid] = await findChildProcesses('workerd');
});

afterAll(async () => {
  await gateway?.stop();
  proxy?.close();
});

interface Answer {
  readonly status: number;
  readonly data?: Record<string, unknown>;
  readonly errors?: { message: string; extensions: { code: string } }[];
  /** The statements in this time, without the cached look-ups of the key and of prices, and without the queue consumer's batches. */
  readonly statements: string[];
  /** The CPU time of the Worker. Where that is not available, the elapsed time. */
  readonly ms: number;
}

/** Measures CPU time, because the machine may be busy with other work. */
const spentMs = () => (pid === undefined ? performance.now() : readCpuMs(pid));

const ignoredStatements = /"(api_keys|price_overrides)"|^WITH ledger AS \(/;

async function send(body: unknown): Promise<Answer> {
  const before = proxy.statements.length;
  const startedAtMs = await spentMs();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = JSON.parse(await response.text());
  const ms = (await spentMs()) - startedAtMs;
  const statements = proxy.statements.slice(before).filter((text) => !ignoredStatements.test(text));
  return { ...answer, status: response.status, statements, ms };
}

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const nested = (depth: number, open: string, inner: string) => open.repeat(depth) + inner + ' }'.repeat(depth);
const doubled = times(
  20,
  (i) => `fragment f${i} on Job { ${i === 19 ? 'id' : `...f${i + 1} retryOf { ...f${i + 1} }`} }`,
);
const jobs = 'mutation ($inputs: [CreateJobInput!]!) { createJobs(inputs: $inputs) { id } }';

describe('an attack is rejected within 150 ms without a statement', () => {
  test.each<[string, unknown]>([
    ['3,000 aliases', { query: `{ ${times(3000, (i) => `a${i}: me { id }`)} }` }],
    ['31 aliases', { query: `{ me { ${times(31, (i) => `a${i}: id`)} } }` }],
    ['30 operations in one', { query: `{ ${times(30, (i) => `a${i}: providers { id }`)} }` }],
    ['a depth of 50', { query: `{ job(id: "job_x") { ${nested(48, 'retryOf { ', 'id')} } }` }],
    [
      'a depth of 11 in fragments',
      {
        query: `{ job(id: "job_x") { ...a } } fragment a on Job { ${nested(5, 'retryOf { ', '...b')} } fragment b on Job { ${nested(4, 'retryOf { ', 'id')} }`,
      },
    ],
    ['10,000 tokens', { query: `{ me { ${'id '.repeat(10_000)} } }` }],
    ['1,900 times the same field', { query: `{ me { ${'id '.repeat(1_900)} } }` }],
    ['circular fragments', { query: '{ me { ...a } } fragment a on Tenant { ...b } fragment b on Tenant { ...a }' }],
    ['fragments that double 20 times', { query: `{ job(id: "job_x") { ...f0 } } ${doubled}` }],
    ['500 directives', { query: `{ me { id ${'@skip(if: false) '.repeat(400)} } }` }],
    ['unknown directives', { query: `{ me { id ${'@a '.repeat(900)} } }` }],
    ['a batch', Array.from({ length: 10 }, () => ({ query: '{ me { id } }' }))],
    ['1,900 nodes', { query: `{ nodes(ids: [${'"job_x" '.repeat(1_900)}]) { id } }` }],
    [
      '10,000 nodes as a variable',
      {
        query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Job { attempts { number } } } }',
        variables: { ids: Array.from({ length: 10_000 }, () => 'job_x') },
      },
    ],
    ['first: 1000000', { query: '{ jobs(first: 1000000) { nodes { id } } }' }],
    [
      'first: 1000000 as a variable',
      { query: 'query ($n: Int) { jobs(first: $n) { nodes { id } } }', variables: { n: 1e6 } },
    ],
    [
      '100 jobs with 100 jobs each in every way',
      {
        query: `{ jobs(first: 100) { nodes { ${times(8, (i) => `a${i}: retryOf { attempts { number error { code } } messages { content } }`)} } } }`,
      },
    ],
    [
      'the expensive one of two operations',
      {
        query: `query a { me { id } } query b { ${times(15, (i) => `u${i}: usage(from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z") { cost requests errors tokensIn }`)} }`,
        operationName: 'b',
      },
    ],
    ['101 jobs at once', { query: jobs, variables: { inputs: Array.from({ length: 101 }, () => ({ input: 'x' })) } }],
    ['a million variables', { query: jobs, variables: { inputs: Array.from({ length: 1_000_000 }, () => 0) } }],
    [
      'a schema that goes round',
      {
        query: `{ __schema { types { ${nested(8, 'fields { type { ', 'name').replace(/ }$/, ' }')} ${' }'.repeat(8)} } } }`,
      },
    ],
    ['300 unknown fields', { query: `{ me { ${times(300, (i) => `x${i}`)} } }` }],
    ['300 unknown variables', { query: `{ me { id ${times(20, (i) => `@include(if: $v${i})`)} } }` }],
  ])('%s', async (_, body) => {
    await send({ query: '{ me { id } }' });
    const tries: Answer[] = [];
    // The first requests may compile code.
    for (let count = 0; count < 5 && !tries.some(({ ms }) => ms < 50); count += 1) tries.push(await send(body));
    for (const { data, errors, statements } of tries) {
      expect(data ?? null).toBeNull();
      expect(errors?.length).toBeLessThanOrEqual(11);
      expect(errors?.[0]?.extensions.code).toBe('invalid_request');
      expect(statements).toEqual([]);
    }
    expect(Math.min(...tries.map(({ ms }) => ms))).toBeLessThan(150);
  });
});

describe('the number of statements', () => {
  beforeAll(async () => {
    const inputs = Array.from({ length: 100 }, (_, index) => ({ input: `${index}`, provider: 'stub' }));
    const { errors } = await send({ query: jobs, variables: { inputs } });
    expect(errors).toBeUndefined();
    const finished = { query: '{ jobs(filter: { statuses: [COMPLETED] }) { totalCount } }' };
    await waitFor(async () => expect((await send(finished)).data).toEqual({ jobs: { totalCount: 100 } }), {
      intervalMs: 500,
    });
    // Waits until the rows of the ledger are written.
    let statementCount = 0;
    await waitFor(
      () => {
        const before = statementCount;
        statementCount = proxy.statements.length;
        expect(statementCount).toBe(before);
      },
      { intervalMs: 2_000 },
    );
  });

  const relations =
    'attempts { number error { code } } messages { content } input retriedBy { id } webhookDeliveries { id }';

  test('is at most five for 100 jobs with their relations', async () => {
    const { data, statements } = await send({
      query: `{ jobs(first: 100) { totalCount nodes { id ${relations} } pageInfo { totalCount } } }`,
    });
    const node = { id: expect.any(String), input: expect.any(String), messages: null, retriedBy: null };
    const attempts = [{ number: 1, error: null }];
    expect(data?.jobs).toEqual({
      totalCount: 100,
      nodes: Array.from({ length: 100 }, () => ({ ...node, attempts, webhookDeliveries: [] })),
      pageInfo: { totalCount: 100 },
    });
    expect(statements.length).toBeLessThanOrEqual(5);
  });

  test('includes a count of jobs only for a query with totalCount', async () => {
    const plain = await send({ query: '{ jobs { nodes { id } pageInfo { hasNextPage } } }' });
    expect(plain.statements).toHaveLength(1);
    const counted = await send({ query: '{ jobs { nodes { id } pageInfo { totalCount } } }' });
    expect(counted.statements).toHaveLength(2);
    // The count of all jobs is stored.
    expect(counted.statements.filter((text) => text.includes('sum("jobs") from "job_counts"'))).toHaveLength(1);
    const some = await send({ query: '{ jobs(filter: { types: [TEXT] }) { pageInfo { totalCount } } }' });
    expect(some.statements.filter((text) => text.includes('count(*)'))).toHaveLength(1);
  });

  test('is one for each type of node, and one for each relation of all nodes', async () => {
    const { data: page } = await send({ query: '{ me { id } jobs(first: 100) { nodes { id } } }' });
    const { me, jobs } = page as { me: { id: string }; jobs: { nodes: { id: string }[] } };
    const ids = jobs.nodes.map(({ id }) => id);
    const refetch = '... on Job { input attempts { number } }';
    const aliases = times(18, (i) => `a${i}: node(id: "${ids[i]}") { id ${refetch} }`);
    const byId = await send({ query: `{ ${aliases} me: node(id: "${me.id}") { ... on Tenant { name } } }` });
    expect(byId.data?.a17).toEqual({ id: ids[17], input: expect.any(String), attempts: [{ number: 1 }] });
    expect(byId.statements).toHaveLength(3);
    const byIds = await send({
      query: `query ($ids: [ID!]!) { nodes(ids: $ids) { id ${refetch} } }`,
      variables: { ids },
    });
    expect(byIds.data?.nodes).toHaveLength(100);
    expect(byIds.statements).toHaveLength(3);
  });

  test('is zero for the key holder and the providers', async () => {
    const { statements } = await send({
      query: '{ me { id active apiKey { scopes } } providers { id models { id } } }',
    });
    expect(statements).toEqual([]);
  });
});

test('a subscription stops its queries when the client disconnects', async () => {
  const client = new AbortController();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { jobsUpdated { id } }' }),
    signal: client.signal,
  });
  expect(response.status).toBe(200);
  const countQueries = () => proxy.statements.filter((text) => /order by "jobs"."updated_at" asc/.test(text)).length;
  await waitFor(() => expect(countQueries()).toBeGreaterThan(2));
  client.abort();
  await setTimeout(1_500);
  const queriesBefore = countQueries();
  await setTimeout(3_000);
  expect(countQueries()).toBe(queriesBefore);
});
