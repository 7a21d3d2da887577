import * as z from 'zod';
import { hashKey } from '../auth/hash-key.ts';
import { createApiKeyText, getKeyStart } from '../auth/key-format.ts';
import { findTenants, insertTenant, updateTenant } from '../db/queries/tenants.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { newId } from '../domain/ids.ts';
import type { Scope } from '../domain/principal.ts';
import type { Tenant } from '../domain/tenant.ts';
import { parseWithSchema } from '../lib/parse-with-schema.ts';
import { findWebhookUrlProblem } from '../lib/webhook-url.ts';
import { limitsSchema } from './limits-input.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';

/** What a tenant or a key can be called. */
export const nameSchema = z
  .string('must be a text')
  .trim()
  .regex(/^[^\p{Cc}]{1,100}$/u, 'must be 1 to 100 characters, none of them a control character');

const newTenantSchema = z.strictObject({
  name: nameSchema,
  limits: limitsSchema.nullish(),
  webhookUrl: z.string('must be a URL').nullish(),
});
const changesSchema = newTenantSchema.partial().extend({ active: z.boolean('must be true or false').nullish() });

/** A new tenant and, where one was asked for, its first key: shown this once. */
export interface MadeTenant {
  readonly tenant: Tenant;
  readonly key: string | undefined;
}

/** Makes a tenant, with a first key of these scopes where there are some. Throws `conflict` for a name that is taken. */
export async function createTenant(
  { database, local }: TenantDependencies,
  said: unknown,
  firstKeyScopes: readonly Scope[] = [],
): Promise<MadeTenant> {
  const { limits, webhookUrl, name } = parseWithSchema(said, newTenantSchema);
  checkUrl(webhookUrl, local);
  const key = firstKeyScopes.length > 0 ? createApiKeyText() : undefined;
  const firstKey = key === undefined ? undefined : { id: newId('key'), name: 'first', scopes: firstKeyScopes };
  const made = { id: newId('ten'), name, webhookUrl, ...limits };
  const isMade = await insertTenant(
    database,
    made,
    firstKey && key !== undefined ? { ...firstKey, keyHash: await hashKey(key), start: getKeyStart(key) } : undefined,
  );
  if (!isMade) throw nameTaken(name);
  return { tenant: await getTenant({ database }, made.id), key };
}

/** Changes what is said of a tenant. Throws `not_found`, and `conflict` for a name that is taken. */
export async function changeTenant(
  { database, local }: TenantDependencies,
  id: string,
  said: unknown,
): Promise<Tenant> {
  const { limits, webhookUrl, name, active } = parseWithSchema(said, changesSchema);
  checkUrl(webhookUrl, local);
  checkTenantId(id);
  const changes = { name, webhookUrl, active: active ?? undefined, ...limits };
  const tenant = await updateTenant(database, id, changes).catch((thrown: unknown) => {
    throw isUniqueViolation(thrown) ? nameTaken(name ?? '') : thrown;
  });
  return tenant ?? missing(id);
}

/** The tenant with this id. Throws `not_found`. */
export async function getTenant({ database }: Pick<TenantDependencies, 'database'>, id: string): Promise<Tenant> {
  checkTenantId(id);
  const [tenant] = await findTenants(database, [id]);
  return tenant ?? missing(id);
}

/** Whether a text can be a tenant's id: what cannot be is not looked up. */
export function isTenantId(text: string): boolean {
  return /^ten_\w{1,64}$/.test(text);
}

function checkTenantId(id: string): void {
  if (!isTenantId(id)) missing(id);
}

function missing(id: string): never {
  throw new GatewayError('not_found', `There is no tenant ${id.slice(0, 64)}.`);
}

function nameTaken(name: string): GatewayError {
  return new GatewayError('conflict', `There is a tenant named "${name}" already.`);
}

function checkUrl(url: string | null | undefined, local: boolean): void {
  const fault = url == null ? undefined : findWebhookUrlProblem(url, { local });
  if (fault !== undefined) throw invalidFieldError(['webhookUrl'], fault);
}

function isUniqueViolation(thrown: unknown): boolean {
  const { code, cause } = (thrown ?? {}) as { code?: unknown; cause?: unknown };
  return code === '23505' || (cause !== undefined && isUniqueViolation(cause));
}
