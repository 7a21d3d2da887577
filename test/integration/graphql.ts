// The Worker loads these with the first call that needs them; under test that takes long.
import '../../src/graphql/server.ts';
import { expect } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { post } from './gateway.ts';

export type Json = Record<string, unknown>;

export interface GraphQlReply {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Json;
  readonly errors: { message: string; path?: unknown; extensions: Json }[] | undefined;
}

/** What is answered to a document. */
export async function sendQuery(key: string, query: string, variables: Json = {}): Promise<GraphQlReply> {
  const response = await post('/graphql', { query, variables }, { 'x-api-key': key });
  const { data, errors } = await response.json<{ data: Json; errors: GraphQlReply['errors'] }>();
  return { status: response.status, headers: response.headers, data, errors };
}

/** The data that is answered where nothing goes wrong. */
export async function queryData<T = Json>(key: string, query: string, variables: Json = {}): Promise<T> {
  const { data, errors } = await sendQuery(key, query, variables);
  expect(errors).toBeUndefined();
  return data as T;
}

/** Code and message of the only error that is answered. */
export async function queryError(key: string, query: string, variables: Json = {}): Promise<[unknown, string]> {
  const { errors } = await sendQuery(key, query, variables);
  expect(errors).toHaveLength(1);
  return [errors?.[0]?.extensions.code, errors?.[0]?.message ?? ''];
}

/** Makes a job and gives its id. */
export async function createJob(key: string, input: Json = {}): Promise<string> {
  const document = 'mutation ($input: CreateJobInput!) { createJob(input: $input) { id } }';
  const { createJob: job } = await queryData<{ createJob: { id: string } }>(key, document, {
    input: { input: 'Hello', provider: 'stub', ...input },
  });
  return job.id;
}

/** Waits until a job has a status. */
export async function waitForStatus(key: string, id: string, status: string): Promise<void> {
  const hasStatus = async () => {
    const { job } = await queryData<{ job: Json }>(key, 'query ($id: ID!) { job(id: $id) { status } }', { id });
    expect(job.status).toBe(status);
  };
  await waitFor(hasStatus);
}
