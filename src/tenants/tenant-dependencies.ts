import type { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import type { Database } from '../db/client.ts';
import type { RegistryEntry } from '../providers/registry.ts';

/** The dependencies of the administration of tenants and keys. */
export interface TenantDependencies {
  readonly database: Database;
  readonly vault: Pick<ProviderKeyVault, 'seal'>;
  /** The providers that may be named. Absent: any name is accepted. */
  readonly providers?: readonly Pick<RegistryEntry, 'id' | 'aliases' | 'withKey'>[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether the gateway runs on a developer's machine, where webhooks may go to loopback. */
  readonly local: boolean;
}
