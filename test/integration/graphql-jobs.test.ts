import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { jobs as jobRows } from '../../src/db/schema/jobs.ts';
import { createTenant, database, ledgerRows, post } from './gateway.ts';
import { createJob, type Json, queryData, queryError, sendQuery, waitForStatus } from './graphql.ts';

let key: string;

beforeAll(async () => {
  ({ key } = await createTenant());
});

const create = 'mutation ($input: CreateJobInput!) { createJob(input: $input) { id type status } }';

test('a conversation with every option becomes a job', async () => {
  const id = await createJob(key, {
    type: 'CHAT',
    input: null,
    messages: [
      { role: 'system', content: 'Be short' },
      { role: 'user', content: 'Hello' },
    ],
    model: 'small',
    temperature: 0.5,
    topP: 0.9,
    maxTokens: 100,
    stop: ['END'],
    metadata: { order: 7, tags: ['a'] },
  });
  await waitForStatus(key, id, 'COMPLETED');
  const document = `query ($id: ID!) { job(id: $id) {
    type model input messages { role content } parameters { temperature topP maxTokens stop } result finishReason
    error { code } attemptCount attempts { number requestId finishedAt error { code } } metadata webhookUrl
    retryOf { id } retriedBy { id } createdAt startedAt finishedAt deadLetteredAt purgedAt } }`;
  const { job } = await queryData<{ job: Json }>(key, document, { id });
  const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(job).toEqual({
    type: 'CHAT',
    model: 'small',
    input: null,
    messages: [
      { role: 'system', content: 'Be short' },
      { role: 'user', content: 'Hello' },
    ],
    parameters: { temperature: 0.5, topP: 0.9, maxTokens: 100, stop: ['END'] },
    result: 'Stub reply to: Hello',
    finishReason: 'stop',
    error: null,
    attemptCount: 1,
    attempts: [{ number: 1, requestId: expect.stringMatching(/^req_/), finishedAt: moment, error: null }],
    metadata: { order: 7, tags: ['a'] },
    webhookUrl: null,
    retryOf: null,
    retriedBy: null,
    createdAt: moment,
    startedAt: moment,
    finishedAt: moment,
    deadLetteredAt: null,
    purgedAt: null,
  });
});

test.each([
  [{}, /^input: is missing/],
  [{ type: 'CHAT', input: 'x' }, /messages: is missing/],
  [{ input: 'x', provider: 'nobody' }, /unknown/],
  [{ input: 'x', temperature: 3 }, /^temperature: /],
  [{ messages: [{ role: 'boss', content: 'x' }] }, /messages\[0\]\.role: must be system, user or assistant/],
  [{ input: 'x', metadata: [1] }, /^metadata: /],
  [{ input: 'x', models: [] }, /^models: must be a list of 1 to 5 names of models/],
  [{ input: 'x', models: ['a', 'b', 'c', 'd', 'e', 'f'] }, /^models: must be a list of 1 to 5 names of models/],
  [{ input: 'x', models: ['stub'], provider: 'stub' }, /^provider: must be left out beside models/],
  [{ input: 'x', idempotencyKey: ' ' }, /^idempotencyKey: /],
  [{ input: 'x', webhookUrl: 'ftp://example.com' }, /^webhookUrl: /],
])('createJob(%j) is refused as in REST', async (input, message) => {
  expect(await queryError(key, create, { input })).toEqual(['invalid_request', expect.stringMatching(message)]);
});

describe('metadata comes back digit by digit', () => {
  const metadata =
    '{"__proto__":{"x":1},"big":12345678901234567890,"e":1e400,"f":1.0,"list":[-0,9007199254740993],"plain":7}';
  const literal = metadata.replaceAll(/"(\w+)":/g, '$1:');
  const input = (value: string) => `{input: "x", provider: "stub", metadata: ${value}}`;
  const variables = `{"input":"x","provider":"stub","metadata":${metadata}}`;

  test.each([
    ['a variable', 'mutation ($i: CreateJobInput!) { createJob(input: $i) { id metadata } }', `{"i":${variables}}`],
    [
      'a variable of several jobs',
      'mutation ($i: [CreateJobInput!]!) { createJobs(inputs: $i) { id metadata } }',
      `{"i":[${variables}]}`,
    ],
    [
      'a variable of its own',
      `mutation ($m : JSON) { createJob(input: ${input('$m')}) { id metadata } }`,
      `{"m":${metadata}}`,
    ],
    [
      'a variable within it',
      `mutation ($b: JSON, $l: JSON) { createJob(input: ${input('{__proto__: {x: 1}, big: $b, e: 1e400, f: 1.0, list: $l, plain: 7}')}) { id metadata } }`,
      '{"b":12345678901234567890,"l":[-0,9007199254740993]}',
    ],
    ['the document', `mutation { createJob(input: ${input(literal)}) { id metadata } }`, '{}'],
  ])('from %s', async (_, query, json) => {
    const body = `{"query":${JSON.stringify(query)},"variables":${json}}`;
    const text = await (await post('/graphql', body, { 'x-api-key': key })).text();
    expect(text).toContain(`"metadata":${metadata}`);
    const id = /"id":"(job_\w+)"/.exec(text)?.[1];
    const read = { query: `{ job(id: "${id}") { metadata } }` };
    expect(await (await post('/graphql', read, { 'x-api-key': key })).text()).toContain(`"metadata":${metadata}`);
  });
});

describe('many at once', () => {
  const createJobs = 'mutation ($inputs: [CreateJobInput!]!) { createJobs(inputs: $inputs) { id status input } }';

  test('100 jobs are created in order; more, none or an invalid one create none', async () => {
    const own = (await createTenant()).key;
    const inputs = Array.from({ length: 100 }, (_, index) => ({ input: `job ${index}`, provider: 'stub' }));
    const created = await queryData<{ createJobs: { input: string }[] }>(own, createJobs, { inputs });
    expect(created.createJobs.map(({ input }) => input)).toEqual(inputs.map(({ input }) => input));
    for (const [wrong, message] of [
      [[...inputs, inputs[0]], /^inputs: must be a list of 1 to 100/],
      [[], /^inputs: must be/],
      [[{ input: 'x' }, { input: 'x', maxTokens: 0 }], /^inputs\[1\]\.maxTokens: /],
    ] as const) {
      expect(await queryError(own, createJobs, { inputs: wrong })).toEqual([
        'invalid_request',
        expect.stringMatching(message),
      ]);
    }
    expect(await queryData(own, '{ jobs { totalCount } }')).toEqual({ jobs: { totalCount: 100 } });
  });
});

describe('an idempotency key', () => {
  test('creates one job and one charge for 100 concurrent requests', async () => {
    const tenant = await createTenant();
    const input = { input: 'Hello', provider: 'stub', idempotencyKey: 'once' };
    const answers = await Promise.all(Array.from({ length: 100 }, () => sendQuery(tenant.key, create, { input })));
    const distinctAnswers = new Set(answers.map(({ data, errors }) => JSON.stringify([data.createJob, errors])));
    expect([...distinctAnswers]).toEqual([expect.stringContaining('PENDING')]);
    const replays = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replays).toHaveLength(99);
    const [id = ''] = answers.map(({ data }) => (data.createJob as { id: string }).id);
    await waitForStatus(tenant.key, id, 'COMPLETED');
    await ledgerRows(tenant.tenantId, 1);
    // The first answer stands, however far the job has come.
    expect((await sendQuery(tenant.key, create, { input })).data).toEqual({
      createJob: { id, type: 'TEXT', status: 'PENDING' },
    });
  });

  test('is rejected for another job and is separate for another tenant', async () => {
    const [one, other] = [await createTenant(), await createTenant()];
    const id = await createJob(one.key, { idempotencyKey: 'k' });
    expect(
      await queryError(one.key, create, { input: { input: 'Other', provider: 'stub', idempotencyKey: 'k' } }),
    ).toEqual(['unprocessable', expect.any(String)]);
    expect(await createJob(other.key, { idempotencyKey: 'k' })).not.toBe(id);
  });
});

test('a failed job can be retried once, and both jobs refer to each other', async () => {
  const id = await createJob(key, { input: '[[scenario:status code=413]]', provider: 'openai' });
  await waitForStatus(key, id, 'FAILED');
  const retry = 'mutation ($id: ID!) { retryJob(id: $id) { id retryOf { id error { code } retriedBy { id } } } }';
  const { retryJob } = await queryData<{ retryJob: { id: string } }>(key, retry, { id });
  expect(retryJob).toEqual({
    id: expect.stringMatching(/^job_/),
    retryOf: { id, error: { code: 'payload_too_large' }, retriedBy: { id: retryJob.id } },
  });
  expect(retryJob.id).not.toBe(id);
  expect(await queryData(key, retry, { id })).toMatchObject({ retryJob: { id: retryJob.id } });
  const done = await createJob(key);
  await waitForStatus(key, done, 'COMPLETED');
  expect((await queryError(key, retry, { id: done }))[0]).toBe('conflict');
  expect((await queryError(key, 'mutation ($id: ID!) { cancelJob(id: $id) { id } }', { id: done }))[0]).toBe(
    'conflict',
  );
});

describe('lists', () => {
  let own: string;
  /** The newest first. */
  const jobIds: string[] = [];
  const page = `query ($first: Int, $after: String, $last: Int, $before: String, $order: JobOrder, $filter: JobFilter) {
    jobs(first: $first, after: $after, last: $last, before: $before, order: $order, filter: $filter) {
      nodes { id } totalCount pageInfo { totalCount hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const list = async (variables: Json) => {
    const { jobs } = await queryData<{ jobs: { nodes: { id: string }[]; totalCount: number; pageInfo: Json } }>(
      own,
      page,
      variables,
    );
    return { ids: jobs.nodes.map(({ id }) => id), totalCount: jobs.totalCount, pageInfo: jobs.pageInfo };
  };

  beforeAll(async () => {
    const tenant = await createTenant();
    own = tenant.key;
    for (let index = 0; index < 5; index += 1) {
      jobIds.unshift(await createJob(own, { model: `model-${index}`, input: `${index}` }));
    }
    for (const id of jobIds) await waitForStatus(own, id, 'COMPLETED');
  }, 30_000);

  test('page forwards and backwards in either order, with their page info', async () => {
    const [e, d, c, b, a] = jobIds;
    expect(await list({ first: 2 })).toEqual({
      ids: [e, d],
      totalCount: 5,
      pageInfo: { totalCount: 5, hasNextPage: true, hasPreviousPage: false, startCursor: e, endCursor: d },
    });
    expect(await list({ first: 2, after: b })).toMatchObject({
      ids: [a],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    expect(await list({ last: 2 })).toMatchObject({
      ids: [b, a],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: b, endCursor: a },
    });
    expect(await list({ last: 2, before: d })).toMatchObject({
      ids: [e],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(await list({ first: 3, order: 'OLDEST_FIRST' })).toMatchObject({ ids: [a, b, c] });
    expect(await list({ last: 2, before: c, order: 'OLDEST_FIRST' })).toMatchObject({ ids: [a, b] });
    expect(await list({ order: null })).toMatchObject({ ids: [e, d, c, b, a] });
  });

  test('can be filtered by status, type, provider, model and time, like their count', async () => {
    const [, , c] = jobIds;
    const { rows } = await database.execute(sql`SELECT created_at AS at FROM jobs WHERE id = ${c}`);
    const at = new Date(String(rows[0]?.at)).toISOString();
    for (const [filter, count] of [
      [{ statuses: ['COMPLETED'] }, 5],
      [{ statuses: ['FAILED', 'PENDING'] }, 0],
      [{ types: ['CHAT'] }, 0],
      [{ providers: ['stub'], models: ['model-1', 'model-3'] }, 2],
      [{ providers: ['openai'] }, 0],
      [{ createdFrom: at }, 3],
      [{ createdFrom: null, createdBefore: at }, 2],
      [{ statuses: [] }, 0],
    ] as const) {
      const { ids, totalCount } = await list({ filter });
      expect([filter, ids.length, totalCount]).toEqual([filter, count, count]);
    }
  });

  test.each([
    [{ first: 0 }, /^first: must be 1 to 100/],
    [{ first: 101 }, /^first: must be 1 to 100/],
    [{ last: 101 }, /^last: must be 1 to 100/],
    [{ first: 1, last: 1 }, /^last: cannot stand beside first/],
    [{ after: 'x' }, /^after: /],
    [{ before: "job_'; --" }, /^before: /],
    [{ filter: { models: ['a\u0000'] } }, /^filter\.models: /],
  ])('jobs(%j) is refused', async (variables, message) => {
    expect(await queryError(own, page, variables)).toEqual(['invalid_request', expect.stringMatching(message)]);
  });

  test('dead letters are a separate list', async () => {
    const [id] = jobIds;
    const deadLetters = '{ deadLetters { nodes { id deadLetteredAt } totalCount } }';
    expect(await queryData(own, deadLetters)).toEqual({ deadLetters: { nodes: [], totalCount: 0 } });
    await database
      .update(jobRows)
      .set({ deadLetteredAt: sql`now()` })
      .where(eq(jobRows.id, String(id)));
    expect(await queryData(own, deadLetters)).toEqual({
      deadLetters: { nodes: [{ id, deadLetteredAt: expect.any(String) }], totalCount: 1 },
    });
  });
});
