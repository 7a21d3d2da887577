import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { insertRouteVersion } from '../../src/db/queries/routes.ts';
import { routes as routeTable } from '../../src/db/schema/routes.ts';
import { newId } from '../../src/domain/ids.ts';
import type { RouteDefinition } from '../../src/domain/route.ts';
import { auditActor } from '../support/audit-actor.ts';
import { waitFor } from '../support/wait-for.ts';
import { createKey, createTenant, database, send } from './gateway.ts';
import { type Json, queryData, queryError, sendQuery } from './graphql.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const set =
  'mutation ($input: SetRouteInput!) { setRoute(input: $input) { name tenantId version warnings stored { id changedBy deleted definition } } }';
const remove =
  'mutation ($name: String!, $tenantId: ID) { deleteRoute(name: $name, tenantId: $tenantId) { name version deleted changedBy } }';
const whole =
  'name tenantId version targets { provider model tier weight params firstByteTimeoutMs } retry { attempts deadlineMs } sticky promptCache cache { ttlSeconds }';
const targets = [{ provider: 'stub', model: 'stub' }];

/** The tenant of an administrator, and one whose keys may not administrate. */
let admin: Tenant;
let other: Tenant;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['chat', 'read', 'admin'] });
  other = await createTenant();
});
afterEach(() => vi.useRealTimers());

/** A name that no other test has. */
const newName = () => newId('rte').toLowerCase();

async function setRoute(input: Json, key = admin.key): Promise<Json & { version: number; warnings: string[] }> {
  const data = await queryData<{ setRoute: Json & { version: number; warnings: string[] } }>(key, set, { input });
  return data.setRoute;
}

async function listModels(key: string): Promise<{ id: string; owned_by: string }[]> {
  const response = await send('/v1/models', { headers: { 'x-api-key': key } });
  return (await response.json<{ data: { id: string; owned_by: string }[] }>()).data;
}

describe('setRoute', () => {
  it('stores a route with its defaults', async () => {
    const name = newName();
    expect(await setRoute({ name, targets })).toEqual({
      name,
      tenantId: admin.tenantId,
      version: 1,
      warnings: [],
      stored: {
        id: expect.stringMatching(/^rte_/),
        changedBy: admin.keyId,
        deleted: false,
        definition: expect.objectContaining({ sticky: 'none' }),
      },
    });
    const { route } = await queryData(admin.key, `query ($name: String!) { route(name: $name) { ${whole} } }`, {
      name,
    });
    expect(route).toEqual({
      name,
      tenantId: admin.tenantId,
      version: 1,
      targets: [{ provider: 'stub', model: 'stub', tier: 1, weight: 1, params: null, firstByteTimeoutMs: null }],
      retry: { attempts: 3, deadlineMs: 60_000 },
      sticky: 'none',
      promptCache: 'off',
      cache: { ttlSeconds: 0 },
    });
  });

  it('stores every field, and the id of a provider for its alias', async () => {
    const name = newName();
    const first = {
      provider: 'openai',
      model: 'gpt-4o-mini',
      tier: 2,
      weight: 80,
      params: { temperature: 0.2, stop: ['END'], reasoningEffort: 'low' },
      firstByteTimeoutMs: 5_000,
    };
    const input = {
      name,
      targets: [first, { provider: 'anthropic', model: 'claude-haiku-4-5' }],
      retry: { attempts: 5, deadlineMs: 30_000 },
      sticky: 'endUser',
      promptCache: 'auto',
      cache: { ttlSeconds: 60 },
    };
    await setRoute(input);
    const { route } = await queryData(admin.key, `query ($name: String!) { route(name: $name) { ${whole} } }`, {
      name,
    });
    const second = {
      provider: 'claude',
      model: 'claude-haiku-4-5',
      tier: 1,
      weight: 1,
      params: null,
      firstByteTimeoutMs: null,
    };
    expect(route).toEqual({ ...input, tenantId: admin.tenantId, version: 1, targets: [first, second] });
  });

  it('takes its arguments from the document, with 1.0 as a number', async () => {
    const name = newName();
    const document = `mutation { setRoute(input: { name: "${name}", sticky: session, cache: { ttlSeconds: 5 },
      targets: [{ provider: "stub", model: "stub", params: { temperature: 1.0, topP: 0.5 } }] }) { version } }`;
    expect(await queryData(admin.key, document)).toEqual({ setRoute: { version: 1 } });
    const { route } = await queryData(admin.key, `{ route(name: "${name}") { sticky targets { params } } }`);
    expect(route).toEqual({ sticky: 'session', targets: [{ params: { temperature: 1, topP: 0.5 } }] });
  });

  it('makes a version of each change, with who and when, and none of a definition that is the same', async () => {
    const name = newName();
    await setRoute({ name, targets });
    const changed = { name, targets: [{ provider: 'stub', model: 'stub', weight: 2 }] };
    const colleague = await createKey(admin.tenantId, { scopes: ['admin'] });
    expect((await setRoute(changed, colleague.key)).version).toBe(2);
    expect((await setRoute(changed)).version).toBe(2);
    const { deleteRoute } = await queryData(admin.key, remove, { name });
    expect(deleteRoute).toEqual({ name, version: 3, deleted: true, changedBy: admin.keyId });
    expect(await queryData(admin.key, `{ route(name: "${name}") { version } }`)).toEqual({ route: null });
    expect((await setRoute({ name, targets })).version).toBe(4);
    const versions = `{ route(name: "${name}") { versions { version deleted changedBy createdAt definition } } }`;
    const { route } = await queryData<{ route: { versions: Json[] } }>(admin.key, versions);
    const createdAt = expect.stringMatching(/^\d{4}-.*Z$/);
    const of = (definition: unknown) => definition && expect.objectContaining({ targets: definition });
    const target = { provider: 'stub', model: 'stub', tier: 1, weight: 1 };
    expect(route.versions).toEqual([
      { version: 4, deleted: false, changedBy: admin.keyId, createdAt, definition: of([target]) },
      { version: 3, deleted: true, changedBy: admin.keyId, createdAt, definition: null },
      { version: 2, deleted: false, changedBy: colleague.keyId, createdAt, definition: of([{ ...target, weight: 2 }]) },
      { version: 1, deleted: false, changedBy: admin.keyId, createdAt, definition: of([target]) },
    ]);
  });

  it('rejects a new route of a tenant that has 200, and still changes and deletes those', async () => {
    const tenant = await createTenant({ scopes: ['admin'] });
    const definition = (await setRoute({ name: 'first', targets }, tenant.key)).stored as {
      definition: RouteDefinition;
    };
    const rows = Array.from({ length: 199 }, (_, index) => ({
      id: newId('rte'),
      tenantId: tenant.tenantId,
      name: `filler-${index}`,
      version: 1,
      definition: definition.definition,
      changedBy: 'cli',
    }));
    await database.insert(routeTable).values(rows);
    expect(await queryError(tenant.key, set, { input: { name: 'one-more', targets } })).toEqual([
      'invalid_request',
      'name: there are 200 routes of this tenant already: delete one first.',
    ]);
    expect(await setRoute({ name: 'first', targets, sticky: 'session' }, tenant.key)).toMatchObject({ version: 2 });
    await queryData(tenant.key, remove, { name: 'filler-0' });
    expect(await setRoute({ name: 'one-more', targets }, tenant.key)).toMatchObject({ version: 1 });
  });

  it('does not let one document ask for the versions of all routes', async () => {
    const [code, message] = await queryError(admin.key, '{ routes { versions { definition } } }');
    expect([code, message]).toEqual(['invalid_request', expect.stringContaining('cost')]);
  });

  it('makes a version of each of many changes at once', async () => {
    const name = newName();
    const weights = [1, 2, 3, 4];
    const results = await Promise.all(
      weights.map((weight) => sendQuery(admin.key, set, { input: { name, targets: [{ ...targets[0], weight }] } })),
    );
    expect(results.map(({ errors }) => errors?.[0]?.message)).toEqual(weights.map(() => undefined));
    const versions = results.map(({ data }) => (data.setRoute as { version: number }).version);
    expect(versions.sort()).toEqual([1, 2, 3, 4]);
  });

  it.each<[Json, string, string]>([
    [{ name: 'Fast' }, 'invalid_request', 'name: must be 1 to 63 characters'],
    [{ name: 'a'.repeat(64) }, 'invalid_request', 'name: must be'],
    [{ targets: [] }, 'invalid_request', 'targets: must be a list of 1 to 20 targets'],
    [{ targets: Array(21).fill(targets[0]) }, 'invalid_request', 'targets: must be a list of 1 to 20 targets'],
    [
      { targets: [targets[0], { provider: 'opnai', model: 'x' }] },
      'invalid_request',
      'targets[1].provider: "opnai" is not a known provider: did you mean "openai"?',
    ],
    [
      { targets: [{ ...targets[0], weight: 0 }] },
      'invalid_request',
      'targets[0].weight: must be a whole number from 1 to 1000',
    ],
    [
      { targets: [{ ...targets[0], firstByteTimeoutMs: 99 }] },
      'invalid_request',
      'targets[0].firstByteTimeoutMs: must be',
    ],
    [
      { targets: [{ ...targets[0], params: { top_p: 1 } }] },
      'invalid_request',
      'targets[0].params.top_p: is not a known field: did you mean "topP"?',
    ],
    [
      { targets: [{ ...targets[0], params: { stream: true } }] },
      'invalid_request',
      'targets[0].params.stream: belongs to the request',
    ],
    [{ targets: [{ ...targets[0], params: 'hot' }] }, 'invalid_request', 'targets[0].params: must be an object'],
    [{ retry: { attempts: 11 } }, 'invalid_request', 'retry.attempts: must be a whole number from 1 to 10'],
    [{ retry: { deadlineMs: 999 } }, 'invalid_request', 'retry.deadlineMs: must be a whole number from 1000 to 600000'],
    [{ cache: { ttlSeconds: 86_401 } }, 'invalid_request', 'cache.ttlSeconds: must be'],
    [{ tenantId: 'ten_unknown' }, 'not_found', 'There is no tenant ten_unknown.'],
    [{ tenantId: '\0' }, 'not_found', 'There is no tenant'],
  ])('rejects %j and names the field', async (wrong, code, message) => {
    const input = { name: 'never-set', targets, ...wrong };
    expect(await queryError(admin.key, set, { input })).toEqual([code, expect.stringContaining(message)]);
  });

  it('warns of what may be a mistake, and stores the route', async () => {
    const { version, warnings } = await setRoute({
      name: 'gpt-4o-mini',
      targets: [
        { provider: 'openai', model: 'gpt-4o-mni' },
        { provider: 'openai', model: 'text-embedding-3-small' },
      ],
    });
    expect(version).toBe(1);
    expect(warnings).toEqual([
      expect.stringContaining('name: "gpt-4o-mini" also leads to provider "openai"'),
      'targets[0].model: "gpt-4o-mni" is not a known model of "openai": did you mean "gpt-4o-mini"?',
      expect.stringContaining('targets: must all be the same model'),
    ]);
    await queryData(admin.key, remove, { name: 'gpt-4o-mini' });
  });
});

describe('a route', () => {
  it('of a tenant is not there for another one', async () => {
    const name = newName();
    await setRoute({ name, tenantId: admin.tenantId, targets });
    const lookUp = `{ route(name: "${name}") { name } routes { name } }`;
    const { route, routes } = await queryData<{ route: Json; routes: Json[] }>(other.key, lookUp);
    expect([route, routes.filter((entry) => entry.name === name)]).toEqual([null, []]);
    expect(await queryError(other.key, `{ explainRoute(name: "${name}") { name } }`)).toEqual([
      'not_found',
      `There is no route "${name}".`,
    ]);
    expect((await listModels(other.key)).map(({ id }) => id)).not.toContain(name);
    expect((await listModels(admin.key))[0]).toMatchObject({ id: expect.any(String), owned_by: 'route' });
  });

  it.each(['routes', 'route(name: "x")', 'explainRoute(name: "x")'])(
    'of another tenant is refused without the scope admin, whether the tenant exists or not: %s',
    async (field) => {
      const [name, argument] = field.split(/[()]/);
      const query = (tenantId: string) =>
        `{ ${name}(${argument === undefined ? '' : `${argument}, `}tenantId: "${tenantId}") { name } }`;
      const [existing, absent] = await Promise.all([
        queryError(other.key, query(admin.tenantId)),
        queryError(other.key, query('ten_unknown')),
      ]);
      expect(existing).toEqual(absent);
      expect(existing[0]).toBe('forbidden');
      expect((await queryError(admin.key, query('ten_unknown')))[0]).toBe('not_found');
    },
  );

  it.each([{}, { tenantId: null }])('is not set without the scope admin: %j', async (place) => {
    const input = { name: 'never-set', targets, ...place };
    expect((await queryError(other.key, set, { input }))[0]).toBe('forbidden');
    expect((await queryError(other.key, remove, { name: 'never-set', ...place }))[0]).toBe('forbidden');
  });

  it('that is global applies to all tenants, until a tenant has one of the same name', async () => {
    const name = newName();
    await setRoute({ name, tenantId: null, targets });
    const lookUp = `{ route(name: "${name}") { tenantId version versions { changedBy } } }`;
    expect(await queryData(other.key, lookUp)).toEqual({
      route: { tenantId: null, version: 1, versions: [{ changedBy: null }] },
    });
    expect(await queryData(admin.key, lookUp)).toMatchObject({ route: { versions: [{ changedBy: admin.keyId }] } });
    await setRoute({ name, tenantId: other.tenantId, targets });
    expect(await queryData(other.key, lookUp)).toMatchObject({ route: { tenantId: other.tenantId } });
    expect(await queryData(admin.key, lookUp)).toMatchObject({ route: { tenantId: null } });
    await queryData(admin.key, remove, { name, tenantId: other.tenantId });
    expect(await queryData(other.key, lookUp)).toMatchObject({ route: { tenantId: null } });
    // Left out, it is the administrator's own tenant, which has none.
    expect((await queryError(admin.key, remove, { name }))[0]).toBe('not_found');
    await queryData(admin.key, remove, { name, tenantId: null });
    expect(await queryData(other.key, lookUp)).toEqual({ route: null });
  });
});

describe('a route that another isolate has set', () => {
  const definition: RouteDefinition = {
    targets: [{ provider: 'stub', model: 'stub', tier: 1, weight: 1 }],
    retry: { attempts: 3, deadlineMs: 60_000 },
    sticky: 'none',
    promptCache: 'off',
    cache: { ttlSeconds: 0 },
  };
  const setElsewhere = async () => {
    const name = newName();
    const change = { id: newId('rte'), tenantId: other.tenantId, name, definition, changedBy: 'cli' };
    expect(await insertRouteVersion(database, change, undefined, auditActor)).toMatchObject({ version: 1 });
    return name;
  };
  const listed = async () => (await listModels(other.key)).map(({ id }) => id);

  it('applies to the first request after 20 seconds', async () => {
    await listed();
    const name = await setElsewhere();
    expect(await listed()).not.toContain(name);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20_000 });
    expect(await listed()).toContain(name);
  });

  it('applies after 15 seconds without a request that waits', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40_000 });
    await listed();
    const name = await setElsewhere();
    vi.setSystemTime(Date.now() + 15_000);
    await listed();
    await waitFor(async () => expect(await listed()).toContain(name));
  });

  it('is not overwritten by the second of two first versions', async () => {
    const name = await setElsewhere();
    const change = { id: newId('rte'), tenantId: other.tenantId, name, definition: null, changedBy: 'cli' };
    expect(await insertRouteVersion(database, change, undefined, auditActor)).toBeUndefined();
    expect(await queryData(other.key, `{ route(name: "${name}") { version } }`)).toEqual({ route: { version: 1 } });
  });
});

describe('explainRoute', () => {
  const explain = `query ($name: String!, $tenantId: ID) { explainRoute(name: $name, tenantId: $tenantId) {
    name tenantId version targets { provider model tier weight state reason price { id inputPrice outputPrice } } } }`;

  it('lists the targets in their order, with prices, and why others are skipped', async () => {
    const name = newName();
    const target = (provider: string, model: string, tier: number, weight: number) => ({
      provider,
      model,
      tier,
      weight,
    });
    await setRoute({
      name,
      tenantId: null,
      targets: [
        target('stub', 'stub', 2, 1),
        target('claude', 'claude-haiku-4-5', 1, 20),
        target('openai', 'gpt-4o-mini', 1, 80),
      ],
    });
    const { explainRoute } = await queryData(other.key, explain, { name });
    expect(explainRoute).toEqual({
      name,
      tenantId: null,
      version: 1,
      targets: [
        {
          ...target('openai', 'gpt-4o-mini', 1, 80),
          state: 'AVAILABLE',
          reason: null,
          price: { id: 'gpt-4o-mini', inputPrice: 0.15, outputPrice: 0.6 },
        },
        {
          ...target('claude', 'claude-haiku-4-5', 1, 20),
          state: 'AVAILABLE',
          reason: null,
          price: { id: 'claude-haiku-4-5', inputPrice: 1, outputPrice: 5 },
        },
        {
          ...target('stub', 'stub', 2, 1),
          state: 'AVAILABLE',
          reason: null,
          price: { id: 'stub', inputPrice: 0, outputPrice: 0 },
        },
      ],
    });
    const narrow = await createKey(other.tenantId, { scopes: ['read'], allowedProviders: ['claude'] });
    const states = async (key: string, tenantId?: string) => {
      const data = await queryData<{ explainRoute: { targets: Json[] } }>(key, explain, { name, tenantId });
      return data.explainRoute.targets.map(({ state, reason }) => [state, reason]);
    };
    expect(await states(narrow.key)).toEqual([
      ['NOT_ALLOWED', 'Provider "openai" is not allowed to this API key: it may use claude.'],
      ['AVAILABLE', null],
      ['NOT_ALLOWED', 'Provider "stub" is not allowed to this API key: it may use claude.'],
    ]);
    const closed = await createKey(other.tenantId, { scopes: ['read'], allowedModels: ['gpt-4o-mini'] });
    expect((await states(closed.key))[0]).toEqual([
      'NOT_ALLOWED',
      `Route "${name}" is not allowed to this API key: it may use gpt-4o-mini.`,
    ]);
    expect((await states(admin.key, other.tenantId)).map(([state]) => state)).toEqual(Array(3).fill('AVAILABLE'));
    expect(await queryError(other.key, explain, { name: `${name}x` })).toEqual([
      'not_found',
      `There is no route "${name}x": did you mean "${name}"?`,
    ]);
    await queryData(admin.key, remove, { name, tenantId: null });
  });
});

describe('GET /v1/models', () => {
  it('lists the routes first, and only those that the key may use', async () => {
    const tenant = await createTenant();
    const [name, unlisted] = [`0-${newName()}`, newName()];
    await setRoute({ name, tenantId: tenant.tenantId, targets });
    await setRoute({ name: unlisted, tenantId: tenant.tenantId, targets });
    const models = await listModels(tenant.key);
    expect(models.slice(0, 2).map(({ id, owned_by }) => [id, owned_by])).toEqual([
      [name, 'route'],
      [unlisted, 'route'],
    ]);
    expect(models.map(({ id }) => id)).toContain('gpt-4o-mini');
    const narrow = await createKey(tenant.tenantId, { allowedModels: [name] });
    expect((await listModels(narrow.key)).map(({ id }) => id)).toEqual([name]);
    const elsewhere = await createKey(tenant.tenantId, { allowedProviders: ['openai'] });
    expect((await listModels(elsewhere.key)).map(({ id }) => id)).not.toContain(name);
  });

  it('has the same routes for the clients of Anthropic and Gemini, and each route by its name', async () => {
    const tenant = await createTenant();
    const name = newName();
    await setRoute({ name, tenantId: tenant.tenantId, targets });
    const get = async (path: string, headers: Record<string, string> = {}) =>
      await (await send(path, { headers: { 'x-api-key': tenant.key, ...headers } })).json<Json>();
    const version = { 'anthropic-version': '2023-06-01' };
    expect(await get(`/v1/models/${name}`)).toMatchObject({ id: name, object: 'model', owned_by: 'route' });
    expect(await get('/v1/models?limit=1', version)).toMatchObject({ data: [{ id: name, type: 'model' }] });
    expect(await get(`/v1/models/${name}`, version)).toMatchObject({ id: name, type: 'model' });
    expect(await get('/v1beta/models?pageSize=1')).toMatchObject({ models: [{ name: `models/${name}` }] });
  });
});
