import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditLog } from '../../src/db/schema/audit-log.ts';
import { newId } from '../../src/domain/ids.ts';
import { schema } from '../../src/graphql/schema.ts';
import { type AuditedMutation, mutations, recordedAtEnd, type Subjects, unrecorded } from './audited-mutations.ts';
import { createKey, createTenant, database } from './gateway.ts';
import { type Json, queryData, queryError, sendQuery } from './graphql.ts';

const names = Object.keys(mutations);

async function createSubjects(): Promise<Subjects> {
  const { tenantId, keyId } = await createTenant();
  const suffix = tenantId.slice(4).toLowerCase();
  return { tenantId, keyId, model: `model-${suffix}`, route: `route-${suffix}`, newName: `name-${suffix}` };
}

const createAdmin = () => createTenant({ scopes: ['admin', 'jobs'] });
type Admin = Awaited<ReturnType<typeof createAdmin>>;

async function mutate(admin: Admin, name: string, subjects: Subjects) {
  const { document, variables } = mutations[name] as AuditedMutation;
  return await sendQuery(admin.key, document, variables(subjects));
}

async function entriesOf({ keyId }: Pick<Admin, 'keyId'>) {
  const rows = await database.select().from(auditLog).where(eq(auditLog.actorId, keyId));
  return rows.toSorted((left, right) => left.action.localeCompare(right.action));
}

let admin: Admin;

beforeAll(async () => {
  admin = await createAdmin();
});

describe('a mutation', () => {
  let subjects: Subjects;
  let recordedIds = new Set<string>();

  beforeAll(async () => {
    subjects = await createSubjects();
  });

  it('is recorded or listed as one that is not', () => {
    expect([...names, ...recordedAtEnd, ...unrecorded].sort()).toEqual(
      Object.keys(schema.getMutationType()?.getFields() ?? {}).sort(),
    );
  });

  it.each(names)('%s writes its entries', async (name) => {
    const { errors } = await mutate(admin, name, subjects);
    expect(errors).toBeUndefined();
    const all = await entriesOf(admin);
    const added = all.filter(({ id }) => !recordedIds.has(id));
    recordedIds = new Set(all.map(({ id }) => id));
    expect(added.map(({ action }) => action)).toEqual(mutations[name]?.actions);
    for (const entry of added) {
      expect(entry).toMatchObject({ actorType: 'key', actorId: admin.keyId, actorTenantId: admin.tenantId });
    }
  });

  it('records the changed fields alone, with money as dollars, and no secret', async () => {
    const all = await entriesOf(admin);
    const of = (action: string) => all.filter((entry) => entry.action === action);
    expect(of('tenant.created')).toMatchObject([
      {
        before: null,
        after: { name: subjects.newName, active: true, storeResponses: false, dailyBudget: '0.000000001' },
      },
    ]);
    expect(of('tenant.limits_changed').map(({ before, after }) => ({ before, after }))).toEqual([
      {
        before: { requestsPerMinute: null, monthlyBudget: null },
        after: { requestsPerMinute: 9, monthlyBudget: '8999999.12345679' },
      },
    ]);
    expect(of('tenant.updated')).toMatchObject([
      {
        tenantId: subjects.tenantId,
        subjectType: 'tenant',
        subjectId: subjects.tenantId,
        before: { name: subjects.tenantId, storeResponses: false, webhookUrl: null },
        after: { name: `${subjects.newName}-2`, storeResponses: true, webhookUrl: 'https://hooks.example.com/…' },
      },
    ]);
    expect(of('tenant.suspended')).toMatchObject([{ before: { active: true }, after: { active: false } }]);
    expect(of('api_key.updated').map(({ before, after }) => ({ before, after }))).toEqual([
      {
        before: { scopes: ['chat', 'jobs', 'read'], allowedModels: null },
        after: { scopes: ['read'], allowedModels: ['gpt-4o'] },
      },
    ]);
    const [rotated] = of('api_key.rotated');
    const rotatedTo = of('api_key.created').find(({ after }) => after?.rotatedFrom === subjects.keyId);
    expect(rotated).toMatchObject({
      tenantId: subjects.tenantId,
      subjectId: subjects.keyId,
      before: { expiresAt: null },
      after: { expiresAt: expect.stringMatching(/^20.*Z$/), replacedBy: rotatedTo?.subjectId },
    });
    expect(rotatedTo?.after).toMatchObject({ scopes: ['read'], dailyBudget: '2.5' });
    expect(of('provider_key.set')).toMatchObject([{ subjectId: 'openai', before: null, after: { ending: 'same' } }]);
    expect(of('provider_key.removed')).toMatchObject([{ before: { ending: 'same' }, after: null }]);
    expect(of('price.set')).toMatchObject([
      { tenantId: null, subjectId: `openai/${subjects.model}`, before: null, after: { input: '1', output: '2' } },
    ]);
    expect(of('price.unset')).toMatchObject([{ before: { input: '1', output: '2' }, after: null }]);
    expect(of('route.set')).toMatchObject([
      {
        subjectId: subjects.route,
        before: null,
        after: { version: 1, sticky: 'session', targets: [{ provider: 'stub', model: 'stub' }] },
      },
    ]);
    expect(of('route.deleted')).toMatchObject([{ before: { version: 1, sticky: 'session' }, after: null }]);
    expect(of('webhook_secret.rotated')).toMatchObject([
      { tenantId: admin.tenantId, before: null, after: { overlapSeconds: 60 } },
    ]);
    expect(JSON.stringify(all)).not.toMatch(/sesame|whsec_|aia_|v1\.|[0-9a-f]{64}/);
  });

  it('that changes nothing writes no entry', async () => {
    const own = await createAdmin();
    const changes = { id: own.keyId, input: { strict: false, limits: { requestsPerMinute: null } } };
    await queryData(own.key, mutations.updateApiKey?.document ?? '', changes);
    await queryData(own.key, mutations.resumeTenant?.document ?? '', { id: own.tenantId });
    const { keyId } = await createKey(own.tenantId);
    for (let round = 0; round < 2; round += 1) await mutate(own, 'revokeApiKey', { ...subjects, keyId });
    expect((await entriesOf(own)).map(({ action }) => action)).toEqual(['api_key.revoked']);
  });

  it('that is refused writes no entry', async () => {
    const own = await createAdmin();
    const taken = await createTenant();
    const input = { name: taken.tenantId, storeResponses: true };
    const update = mutations.updateTenant?.document ?? '';
    expect((await queryError(own.key, update, { id: own.tenantId, input }))[0]).toBe('conflict');
    const create = mutations.createTenant?.document ?? '';
    expect((await queryError(own.key, create, { input: { name: taken.tenantId } }))[0]).toBe('conflict');
    expect((await mutate(own, 'unsetPrice', subjects)).errors).toHaveLength(1);
    expect((await mutate(own, 'deleteRoute', subjects)).errors).toHaveLength(1);
    expect(await entriesOf(own)).toEqual([]);
  });

  it('records what it found, however many change the same object at once', async () => {
    const own = await createAdmin();
    const { tenantId } = await createTenant();
    const limits = Array.from({ length: 12 }, (_, index) => index + 1);
    const update = mutations.updateTenant?.document ?? '';
    const change = (requestsPerMinute: number) =>
      queryData(own.key, update, { id: tenantId, input: { limits: { requestsPerMinute } } });
    await Promise.all(limits.map(change));
    const entries = await entriesOf(own);
    const found = entries.map(({ before }) => before?.requestsPerMinute);
    const left = entries.map(({ after }) => after?.requestsPerMinute);
    expect(left.toSorted((a, b) => Number(a) - Number(b))).toEqual(limits);
    // Each value that was set was found by the next change, but for the last one.
    expect(found).toContain(null);
    expect(new Set(found).size).toBe(limits.length);
  });
});

describe('a mutation whose entry cannot be written', () => {
  let subjects: Subjects;
  let refused: Admin;
  let suspended: string;

  beforeAll(async () => {
    refused = await createAdmin();
    await database.execute(sql`CREATE OR REPLACE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'the audit log is full'; END $$`);
    await database.execute(
      sql.raw(`CREATE TRIGGER refuse_entry_${refused.keyId} BEFORE INSERT ON audit_log FOR EACH ROW
        WHEN (NEW.actor_id = '${refused.keyId}') EXECUTE FUNCTION refuse_entry()`),
    );
    subjects = await createSubjects();
    for (const name of ['setProviderKey', 'setPrice', 'setRoute', 'rotateWebhookSecret']) {
      expect((await mutate(admin, name, subjects)).errors).toBeUndefined();
    }
    suspended = (await createTenant({ active: false })).tenantId;
  });

  async function rows() {
    const { tenantId, model, newName } = subjects;
    const ids = sql`(${tenantId}, ${suspended}, ${refused.tenantId})`;
    const { rows } = await database.execute(sql`
      SELECT to_jsonb(t) FROM tenants AS t WHERE id IN ${ids} OR name LIKE ${`${newName}%`}
      UNION ALL SELECT to_jsonb(t) - 'last_used_at' FROM api_keys AS t WHERE tenant_id IN ${ids}
      UNION ALL SELECT to_jsonb(t) FROM provider_keys AS t WHERE tenant_id IN ${ids}
      UNION ALL SELECT to_jsonb(t) FROM price_overrides AS t WHERE model = ${model}
      UNION ALL SELECT to_jsonb(t) FROM routes AS t WHERE tenant_id IN ${ids}
      UNION ALL SELECT to_jsonb(t) FROM webhook_secrets AS t WHERE tenant_id IN ${ids}
      ORDER BY 1`);
    return rows;
  }

  it.each(names)('%s changes nothing', async (name) => {
    const before = await rows();
    const changed = name === 'setRoute' ? { route: `${subjects.route}-2` } : {};
    const resumed = name === 'resumeTenant' ? { tenantId: suspended } : {};
    const { errors } = await mutate(refused, name, { ...subjects, ...changed, ...resumed });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['internal']);
    expect(await rows()).toEqual(before);
    expect(await entriesOf(refused)).toEqual([]);
  });
});

describe('auditLog', () => {
  const document = `query ($filter: AuditLogFilter, $first: Int, $after: String) { auditLog(filter: $filter, first: $first, after: $after) {
    nodes { id createdAt actor { type id tenantId } tenantId action subjectType subjectId before after } pageInfo { hasNextPage endCursor } } }`;

  interface Page {
    readonly auditLog: {
      readonly nodes: readonly (Json & { id: string; createdAt: string; action: string; subjectId: string })[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  }
  const list = async (variables: Json) => (await queryData<Page>(admin.key, document, variables)).auditLog;

  let own: Admin;
  let subjects: Subjects;

  beforeAll(async () => {
    own = await createAdmin();
    subjects = await createSubjects();
    for (const name of ['updateTenant', 'suspendTenant', 'resumeTenant', 'createApiKey', 'updateApiKey', 'setPrice']) {
      await mutate(own, name, subjects);
    }
  });

  it('shows an entry with its actor, the newest first', async () => {
    const { nodes, pageInfo } = await list({ filter: { actorKeyId: own.keyId } });
    expect(nodes).toHaveLength(8);
    expect(nodes[0]).toEqual({
      id: expect.stringMatching(/^aud_[0-9A-Z]{26}$/),
      createdAt: expect.stringMatching(/Z$/),
      actor: { type: 'KEY', id: own.keyId, tenantId: own.tenantId },
      tenantId: null,
      action: 'price.set',
      subjectType: 'price',
      subjectId: `openai/${subjects.model}`,
      before: null,
      after: { input: '1', output: '2', priceVersion: expect.stringMatching(/^prc_/) },
    });
    expect(nodes.map(({ createdAt }) => createdAt)).toEqual(
      nodes
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .reverse(),
    );
    expect(pageInfo).toEqual({ hasNextPage: false, endCursor: nodes.at(-1)?.id });
  });

  it('pages without gaps and repetitions, also between entries of one moment', async () => {
    const filter = { actorKeyId: own.keyId };
    const whole = (await list({ filter, first: 100 })).nodes.map(({ id }) => id);
    for (const first of [1, 3]) {
      const found: string[] = [];
      let page = await list({ filter, first });
      found.push(...page.nodes.map(({ id }) => id));
      while (page.pageInfo.hasNextPage) {
        page = await list({ filter, first, after: page.pageInfo.endCursor });
        found.push(...page.nodes.map(({ id }) => id));
      }
      expect(found).toEqual(whole);
    }
    expect(await list({ filter, after: 'aud_unknown' })).toEqual({
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });

  it('narrows by tenant, subject, action and time', async () => {
    const { tenantId, keyId } = subjects;
    const actions = async (filter: Json) => (await list({ filter })).nodes.map(({ action }) => action).toSorted();
    expect(await actions({ tenantId })).toEqual([
      ...['api_key.created', 'api_key.limits_changed', 'api_key.updated'],
      ...['tenant.limits_changed', 'tenant.resumed', 'tenant.suspended', 'tenant.updated'],
    ]);
    expect(await actions({ subjectId: keyId })).toEqual(['api_key.limits_changed', 'api_key.updated']);
    expect(await actions({ tenantId, action: 'tenant.suspended' })).toEqual(['tenant.suspended']);
    const [suspended] = (await list({ filter: { tenantId, action: 'tenant.suspended' } })).nodes;
    const since = suspended?.createdAt;
    expect(await actions({ tenantId, since, action: 'tenant.suspended' })).toHaveLength(1);
    expect(await actions({ tenantId, until: since })).toEqual(['tenant.limits_changed', 'tenant.updated']);
    expect(await actions({ tenantId: newId('ten') })).toEqual([]);
  });

  it.each<[Json, string]>([
    [{ first: 0 }, 'first: must be 1 to 100.'],
    [{ first: 101 }, 'first: must be 1 to 100.'],
    [{ after: 'job_1' }, 'after: must be the cursor of a page.'],
    [{ filter: { tenantId: 'acme' } }, 'filter.tenantId: must be the id of a tenant: ten_….'],
    [{ filter: { actorKeyId: 'ten_1' } }, 'filter.actorKeyId: must be the id of an API key: key_….'],
    [
      { filter: { subjectId: 'a\0b' } },
      'filter.subjectId: must be 1 to 512 characters, none of them a control character.',
    ],
    [
      { filter: { action: 'key.rotated' } },
      'filter.action: is not an action of the audit log: did you mean "api_key.rotated"?',
    ],
    [{ filter: { action: 'x' } }, 'filter.action: is not an action of the audit log: use one of tenant.created, '],
  ])('rejects %j', async (variables, message) => {
    expect(await queryError(admin.key, document, variables)).toEqual([
      'invalid_request',
      expect.stringContaining(message),
    ]);
  });

  it('is for administrators only, with any filter', async () => {
    const { key, tenantId } = await createTenant({ scopes: ['chat', 'jobs', 'read'] });
    for (const filter of [{}, { tenantId }, { tenantId: subjects.tenantId }, { tenantId: 'ten_unknown' }]) {
      expect(await queryError(key, document, { filter })).toEqual(['forbidden', expect.stringContaining('admin')]);
    }
  });
});
