import { findTenantByName } from '../db/queries/tenants.ts';
import { StartError } from '../dev/start-error.ts';
import { isTenantId } from '../domain/ids.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import { getTenant } from '../tenants/tenants.ts';

/** Finds a tenant by its id or its name. */
export async function findTenant(tenants: Pick<TenantDependencies, 'database'>, idOrName: string): Promise<Tenant> {
  if (isTenantId(idOrName)) return await getTenant(tenants, idOrName);
  const tenant = await findTenantByName(tenants.database, idOrName);
  if (tenant) return tenant;
  throw new StartError(`There is no tenant "${idOrName}".`);
}
