import { findTenantByName, listTenants } from '../db/queries/tenants.ts';
import { StartError } from '../dev/start-error.ts';
import { isTenantId } from '../domain/ids.ts';
import type { Tenant } from '../domain/tenant.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import { getTenant } from '../tenants/tenants.ts';

const maxSuggested = 1000;

/** Finds a tenant by its id or its name. Throws a StartError that names the nearest. */
export async function findTenant(tenants: Pick<TenantDependencies, 'database'>, idOrName: string): Promise<Tenant> {
  if (isTenantId(idOrName)) return await getTenant(tenants, idOrName);
  const tenant = await findTenantByName(tenants.database, idOrName);
  if (tenant) return tenant;
  const others = (await listTenants(tenants.database, { limit: maxSuggested })).map(({ name }) => name);
  throw new StartError(`There is no tenant "${idOrName}"${didYouMean(idOrName, others) || '.'}`);
}
