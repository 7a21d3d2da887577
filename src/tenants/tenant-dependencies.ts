import type { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import type { Database } from '../db/client.ts';
import type { AuditActor } from '../domain/audit.ts';
import type { LimitOwner, Limits } from '../domain/limits.ts';
import type { RegistryEntry } from '../providers/registry.ts';

/** The parts of the Worker that the administration of tenants and keys works with. */
export interface TenantDependencies {
  readonly database: Database;
  readonly vault: Pick<ProviderKeyVault, 'encrypt'>;
  /** The providers that can be named. Absent where they are not known: any name is accepted then. */
  readonly providers?: readonly Pick<RegistryEntry, 'id' | 'aliases' | 'withKey'>[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether ENVIRONMENT is local: webhooks may go to loopback then. */
  readonly local: boolean;
  /** Deletes the counters of an end user in Redis. Absent where Redis is not reached. */
  readonly forgetCounters?:
    | ((endUser: { readonly tenantId: string; readonly endUser: string }) => Promise<unknown>)
    | undefined;
  /** Reads what is left of limits, in the order of their owners: null where Redis does not answer. Absent where it is not reached. */
  readonly readRemaining?: ((owners: readonly LimitOwner[]) => Promise<readonly (Limits | null)[]>) | undefined;
  /** Who makes the changes. */
  readonly actor: AuditActor;
}
