import type { SqlSession } from '../dev/sql-backend.ts';
import type { Route } from '../domain/route.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import type { AdminOptions } from './admin-options.ts';

/** What the commands of `npm run admin` work with. */
export interface AdminDependencies extends TenantDependencies {
  /** The providers as the variables of this machine configure them. */
  readonly registry: ProviderRegistry;
  /** Reads routes.json of this checkout. */
  readonly readFileRoutes: () => readonly Route[];
  /** Opens a connection of its own to the database, which the caller closes. */
  readonly openSession: () => Promise<SqlSession>;
}

export interface AdminCommand {
  /** What follows the name of the command. */
  readonly usage: string;
  /** Absent: true. */
  readonly takesArgument?: boolean;
  /** Runs the command and returns the text to show. `argument` is empty for a command that takes none. */
  readonly run: (dependencies: AdminDependencies, argument: string, values: AdminOptions) => Promise<string>;
}
