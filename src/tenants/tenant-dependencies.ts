import type { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import type { Database } from '../db/client.ts';
import type { RegistryEntry } from '../providers/registry.ts';

/** What the administration of tenants and keys needs of the rest of the house. */
export interface TenantDependencies {
  readonly database: Database;
  readonly vault: Pick<ProviderKeyVault, 'seal'>;
  /** The providers that can be named. Absent where they are not known: then any name is taken. */
  readonly providers?: readonly Pick<RegistryEntry, 'id' | 'aliases' | 'withKey'>[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether this is somebody's own machine, where webhooks may go to loopback. */
  readonly local: boolean;
}
