import type { SqlSession } from '../dev/sql-backend.ts';
import type { Route } from '../domain/route.ts';
import type { ProviderRegistry } from '../providers/registry.ts';
import type { TenantDependencies } from '../tenants/tenant-dependencies.ts';
import type { AdminOptions, OptionName } from './admin-options.ts';

/** What the commands of `npm run admin` work with. */
export interface AdminDependencies extends TenantDependencies {
  /** The providers as the variables of this machine configure them. */
  readonly registry: ProviderRegistry;
  /** Reads routes.json of this checkout. */
  readonly readFileRoutes: () => readonly Route[];
  /** Opens a connection of its own to the database, which the caller closes. */
  readonly openSession: () => Promise<SqlSession>;
  /** Reads a file; `-` is the standard input. */
  readonly readText: (path: string) => string;
}

/** A command line, parsed. */
export interface AdminCall {
  /** As many as the command names. */
  readonly arguments: readonly string[];
  readonly values: AdminOptions;
}

/** What a command shows: `value` as JSON with `--json`, else `text`. */
export interface AdminResult {
  readonly text: string;
  readonly value: unknown;
}

interface CommandShape {
  /** The names of its arguments: `TENANT`. */
  readonly arguments: readonly string[];
  /** Beside `--json`, which every command takes. */
  readonly options: readonly OptionName[];
  readonly summary: string;
}

export interface DatabaseCommand extends CommandShape {
  readonly run: (dependencies: AdminDependencies, call: AdminCall) => Promise<AdminResult>;
}

/** A command that needs no database. */
export interface LocalCommand extends CommandShape {
  readonly runLocally: (
    variables: Readonly<Record<string, string | undefined>>,
    call: AdminCall,
  ) => Promise<AdminResult>;
}

export type AdminCommand = DatabaseCommand | LocalCommand;

export type AdminCommands = Readonly<Record<string, AdminCommand>>;
