import * as z from 'zod';
import { hashKey } from '../auth/hash-key.ts';
import { createApiKeyText, getKeyStart } from '../auth/key-format.ts';
import { toEndUserColumns } from '../db/queries/limit-columns.ts';
import { findTenants, insertTenant, updateTenant as updateTenantRow } from '../db/queries/tenants.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { isTenantId, newId } from '../domain/ids.ts';
import type { Scope } from '../domain/scope.ts';
import type { Tenant } from '../domain/tenant.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { findWebhookUrlProblem } from '../lib/webhook-url.ts';
import { checkEndUserLimits, limitsSchema, mergeLimits } from './limits-input.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';

const tagNamesMessage = 'must be a list of up to 8 names such as team';
const tagNamesSchema = z
  .array(
    z.string(tagNamesMessage).regex(/^[A-Za-z][\w.-]{0,63}$/, {
      error: 'must begin with a letter and have up to 64 letters, digits, dots, hyphens and underscores each',
    }),
    tagNamesMessage,
  )
  .max(8, tagNamesMessage)
  .transform((names) => [...new Set(names)]);

/** Parses the name of a tenant or a key. */
export const nameSchema = z
  .string('must be a text')
  .trim()
  .regex(/^[^\p{Cc}]{1,100}$/u, 'must be 1 to 100 characters, none of them a control character');

const createSchema = z.strictObject({
  name: nameSchema,
  limits: limitsSchema.nullish(),
  endUserLimits: limitsSchema.nullish(),
  requireEndUser: z.boolean('must be true or false').nullish(),
  storeResponses: z.boolean('must be true or false').nullish(),
  tagNames: tagNamesSchema.nullish(),
  webhookUrl: z.string('must be a URL').nullish(),
});
const updateSchema = createSchema.partial().extend({ active: z.boolean('must be true or false').nullish() });

/** A new tenant and, where one was requested, its first key. Its text is returned this once. */
export interface CreatedTenant {
  readonly tenant: Tenant;
  readonly key: string | undefined;
}

/** Creates a tenant, and a first key if there are `firstKeyScopes`. Throws `conflict` for a name that is taken. */
export async function createTenant(
  { database, local, actor }: TenantDependencies,
  input: unknown,
  firstKeyScopes: readonly Scope[] = [],
): Promise<CreatedTenant> {
  const { storeResponses, tagNames, webhookUrl, name, ...endUserFields } = parseWithSchema(input, createSchema);
  checkWebhookUrl(webhookUrl, local);
  const limits = toLimitColumns(endUserFields);
  const key = firstKeyScopes.length > 0 ? createApiKeyText() : undefined;
  const firstKey = key === undefined ? undefined : { id: newId('key'), name: 'first', scopes: firstKeyScopes };
  const row = {
    id: newId('ten'),
    name,
    storeResponses: storeResponses ?? undefined,
    tagNames: tagNames ?? undefined,
    webhookUrl,
    ...limits,
  };
  const isInserted = await insertTenant(
    database,
    row,
    actor,
    firstKey && key !== undefined ? { ...firstKey, keyHash: await hashKey(key), start: getKeyStart(key) } : undefined,
  );
  if (!isInserted) throw nameTakenError(name);
  return { tenant: await getTenant({ database }, row.id), key };
}

/** Updates a tenant. Throws `not_found`, and `conflict` for a name that is taken. */
export async function updateTenant(
  { database, local, actor }: TenantDependencies,
  id: string,
  input: unknown,
): Promise<Tenant> {
  const { storeResponses, tagNames, webhookUrl, name, active, ...endUserFields } = parseWithSchema(input, updateSchema);
  checkWebhookUrl(webhookUrl, local);
  checkTenantId(id);
  const hasLimits = endUserFields.limits || endUserFields.endUserLimits;
  const limits = toLimitColumns(endUserFields, hasLimits ? await getTenant({ database }, id) : undefined);
  const flags = {
    active: active ?? undefined,
    storeResponses: storeResponses ?? undefined,
    tagNames: tagNames ?? undefined,
  };
  const changes = { name, webhookUrl, ...flags, ...limits };
  const tenant = await updateTenantRow(database, id, changes, actor).catch((thrown: unknown) => {
    throw isUniqueViolation(thrown) ? nameTakenError(name ?? '') : thrown;
  });
  return tenant ?? throwNotFound(id);
}

/** Returns the tenant with this id. Throws `not_found`. */
export async function getTenant({ database }: Pick<TenantDependencies, 'database'>, id: string): Promise<Tenant> {
  checkTenantId(id);
  const [tenant] = await findTenants(database, [id]);
  return tenant ?? throwNotFound(id);
}

type LimitFields = Pick<z.infer<typeof updateSchema>, 'limits' | 'endUserLimits' | 'requireEndUser'>;

function toLimitColumns({ limits, endUserLimits, requireEndUser }: LimitFields, existing?: Tenant) {
  const own = mergeLimits(existing?.limits ?? {}, limits ?? {});
  checkEndUserLimits(mergeLimits(existing?.endUserLimits ?? {}, endUserLimits ?? {}), own, 'tenant');
  return { ...limits, ...toEndUserColumns(endUserLimits ?? {}), requireEndUser: requireEndUser ?? undefined };
}

function checkTenantId(id: string): void {
  if (!isTenantId(id)) throwNotFound(id);
}

function throwNotFound(id: string): never {
  throw new GatewayError('not_found', `There is no tenant ${id.slice(0, 64)}.`);
}

function nameTakenError(name: string): GatewayError {
  return new GatewayError('conflict', `There is a tenant named "${name}" already.`);
}

function checkWebhookUrl(url: string | null | undefined, local: boolean): void {
  const problem = url == null ? undefined : findWebhookUrlProblem(url, { local });
  if (problem !== undefined) throw invalidFieldError(['webhookUrl'], problem);
}

function isUniqueViolation(thrown: unknown): boolean {
  const { code, cause } = (thrown ?? {}) as { code?: unknown; cause?: unknown };
  return code === '23505' || (cause !== undefined && isUniqueViolation(cause));
}
