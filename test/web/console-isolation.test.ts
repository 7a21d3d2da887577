import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  buildSchema,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type OperationDefinitionNode,
  parse,
  print,
  typeFromAST,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevProcess, productFiles, startDev } from '../support/dev-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { devKey } from './console-page.ts';

/** In everything that the other tenant has written. */
const canary = 'sesame';
const root = fileURLToPath(new URL('../../', import.meta.url));
const schema = buildSchema(await readFile(`${root}src/graphql/schema.graphql`, 'utf8'));
const operations = await readOperations();

interface Operation {
  readonly name: string;
  readonly definition: OperationDefinitionNode;
  /** The text of the operation with its fragments. */
  readonly text: string;
}

/** Reads every operation that the console sends. */
async function readOperations(): Promise<Operation[]> {
  const found: Operation[] = [];
  for await (const path of glob('src/web/console/**/*.graphql', { cwd: root })) {
    const document = parse(await readFile(`${root}${path}`, 'utf8'));
    for (const definition of document.definitions) {
      if (definition.kind !== 'OperationDefinition') continue;
      const others = document.definitions.filter(({ kind }) => kind === 'FragmentDefinition');
      const text = [definition, ...others].map((node) => print(node)).join('\n');
      found.push({ name: definition.name?.value ?? path, definition, text: keepUsedFragments(text) });
    }
  }
  return found.toSorted((left, right) => left.name.localeCompare(right.name));
}

/** GraphQL refuses a document with a fragment that its operation does not use. */
function keepUsedFragments(text: string): string {
  const { definitions } = parse(text);
  const used = definitions.filter(
    (node) => node.kind !== 'FragmentDefinition' || text.includes(`...${node.name.value}`),
  );
  const kept = used.map((node) => print(node)).join('\n');
  return used.length === definitions.length ? kept : keepUsedFragments(kept);
}

interface Ids {
  readonly tenantId: string;
  readonly keyId: string;
  readonly jobId: string;
  readonly requestId: string;
}

/** Returns values for the variables of an operation, where `id` stands for every id that is not of a tenant or a key. */
function fillVariables({ definition }: Operation, ids: Ids, id: string): Record<string, unknown> {
  const fill = (type: GraphQLInputType, name: string, depth: number): unknown => {
    if (isNonNullType(type)) return fill(type.ofType, name, depth);
    if (isListType(type)) return [fill(type.ofType, name, depth)];
    if (isEnumType(type)) return type.getValues()[0]?.name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isRequiredInputField(field) || field.name === 'tenantId' || field.name === 'keyId',
      );
      return Object.fromEntries(fields.map((field) => [field.name, fill(field.type, field.name, depth + 1)]));
    }
    if (name === 'tenantId') return ids.tenantId;
    if (name === 'keyId') return ids.keyId;
    switch (type.name) {
      case 'ID':
        return id;
      case 'Int':
        return name === 'overlapSeconds' ? 60 : 5;
      case 'Float':
        return 0.5;
      case 'Boolean':
        return true;
      case 'DateTime':
        return new Date(Date.now() + (name === 'to' || name === 'until' ? 3_600_000 : -3_600_000)).toISOString();
      default:
        return { provider: 'stub', endUser: 'none', name: 'taken' }[name] ?? 'stub';
    }
  };
  const variables = definition.variableDefinitions ?? [];
  return Object.fromEntries(
    variables.flatMap(({ variable, type: node }) => {
      const name = variable.name.value;
      const type = typeFromAST(schema, node) as GraphQLInputType;
      // A cursor is not an id, and a page begins without one.
      return name === 'after' || name === 'before' ? [] : [[name, fill(type, name, 0)]];
    }),
  );
}

describe("the console's GraphQL documents", () => {
  let dev: DevProcess;
  let theirs: Ids & { readonly key: string };
  let mine: { readonly tenantId: string; readonly keys: Readonly<Record<string, string>> };

  const send = async (apiKey: string, path: string, body: object, accept = 'application/json') => {
    const headers = { 'x-api-key': apiKey, 'content-type': 'application/json', accept };
    const signal = AbortSignal.timeout(accept === 'text/event-stream' ? 1_500 : 60_000);
    return await fetch(`${dev.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
  };
  const query = async <Data>(apiKey: string, text: string, variables: object = {}): Promise<Data> => {
    const { data, errors } = await (await send(apiKey, '/graphql', { query: text, variables })).json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const createTenant = async (name: string) => {
    const { createTenant: tenant } = await query<{ createTenant: { id: string } }>(
      devKey,
      'mutation ($name: String!) { createTenant(input: { name: $name, webhookUrl: "https://example.com/hook" }) { id } }',
      { name },
    );
    return tenant.id;
  };
  const createKey = async (tenantId: string, name: string, scopes: readonly string[]) => {
    const { createApiKey } = await query<{ createApiKey: { key: string; apiKey: { id: string } } }>(
      devKey,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }',
      { input: { tenantId, name, scopes } },
    );
    return { key: createApiKey.key, keyId: createApiKey.apiKey.id };
  };

  beforeAll(async () => {
    dev = await startDev(productFiles, { LOCAL_DATA_DIR: 'memory' });
    const tenantId = await createTenant(`${canary} tenant`);
    const { key, keyId } = await createKey(tenantId, `${canary} key`, ['chat', 'jobs', 'read']);
    await query(
      devKey,
      `mutation ($id: ID!) { setRoute(input: { name: "${canary}-route", tenantId: $id, targets: [{ provider: "stub", model: "stub" }] }) { version } }`,
      { id: tenantId },
    );
    const reply = await send(key, '/v1/chat/completions', {
      model: `${canary}-route`,
      user: `${canary}-user`,
      messages: [{ role: 'user', content: canary }],
    });
    const requestId = reply.headers.get('x-request-id') ?? '';
    const job = await (await send(key, '/api/jobs', { input: canary, provider: 'stub' })).json();
    theirs = { tenantId, keyId, key, requestId, jobId: job.id };
    await waitFor(async () => {
      const logged = await query<object>(key, `{ requests { nodes { id route } } job(id: "${job.id}") { status } }`);
      expect(JSON.stringify(logged)).toContain(`${canary}-route`);
      expect(JSON.stringify(logged)).toContain('COMPLETED');
    });
    const mineId = await createTenant('mine');
    mine = {
      tenantId: mineId,
      keys: {
        chat: (await createKey(mineId, 'chat', ['chat'])).key,
        read: (await createKey(mineId, 'read', ['read'])).key,
        all: (await createKey(mineId, 'all', ['chat', 'jobs', 'read'])).key,
      },
    };
  }, 120_000);

  afterAll(() => dev?.end('SIGINT'));

  /** Returns what an operation answers, for each id that its variables may take. */
  const answer = async (apiKey: string, operation: Operation): Promise<string> => {
    const ids = [theirs.tenantId, theirs.keyId, theirs.jobId, theirs.requestId];
    const variables = [...new Set(ids.map((id) => JSON.stringify(fillVariables(operation, theirs, id))))];
    const accept = operation.definition.operation === 'subscription' ? 'text/event-stream' : 'application/json';
    const texts = variables.map(async (text) => {
      const response = await send(apiKey, '/graphql', { query: operation.text, variables: JSON.parse(text) }, accept);
      let body = '';
      try {
        for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) body += chunk;
      } catch {
        // A subscription goes on until it is aborted.
      }
      return body;
    });
    return (await Promise.all(texts)).join('\n');
  };

  test.each(['chat', 'read', 'all'])('show nothing of another tenant to a key with the scopes: %s', async (name) => {
    const apiKey = mine.keys[name] ?? '';
    const leaks: string[] = [];
    for (const operation of operations) {
      const text = await answer(apiKey, operation);
      expect(text, operation.name).not.toBe('');
      if (text.includes(canary)) leaks.push(`${operation.name}: ${text}`);
    }
    expect(leaks).toEqual([]);
  });

  test('change nothing of another tenant', async () => {
    const state = `query ($id: ID!) { tenant(id: $id) { name active webhookUrl storeResponses tagNames limits { requestsPerMinute } }
      apiKeys(tenantId: $id) { id name scopes revokedAt limits { monthlyBudget } } providerKeys(tenantId: $id) { provider }
      routes(tenantId: $id) { name version targets { model } } }`;
    const before = await query(devKey, state, { id: theirs.tenantId });
    const mutations = operations.filter(({ definition }) => definition.operation === 'mutation');
    for (const operation of mutations) await answer(mine.keys.all ?? '', operation);
    expect(await query(devKey, state, { id: theirs.tenantId })).toEqual(before);
    expect(await query(theirs.key, `{ job(id: "${theirs.jobId}") { status result } }`)).toMatchObject({
      job: { status: 'COMPLETED' },
    });
  });

  test('show to an admin what these tests look for', async () => {
    const reads = operations.filter(({ definition }) => definition.operation === 'query');
    const found: string[] = [];
    for (const operation of reads) {
      if ((await answer(devKey, operation)).includes(canary)) found.push(operation.name);
    }
    expect(found.length).toBeGreaterThanOrEqual(3);
  });
});
