import { alertCommands } from './admin-alert-commands.ts';
import { archiveCommands } from './admin-archive-commands.ts';
import { auditCommands } from './admin-audit-command.ts';
import type { AdminCommands, AdminDependencies, AdminResult } from './admin-command.ts';
import { endUserCommands } from './admin-end-user-commands.ts';
import { keyCommands } from './admin-key-commands.ts';
import { priceCommands } from './admin-price-commands.ts';
import { providerCommands } from './admin-provider-commands.ts';
import { requestCommands } from './admin-request-commands.ts';
import { routeCommands } from './admin-route-commands.ts';
import { tenantCommands } from './admin-tenant-commands.ts';
import { usageCommands } from './admin-usage-command.ts';
import { type ParsedAdminCall, parseAdminCall } from './parse-admin-call.ts';

/** The commands of `npm run admin`. */
export const adminCommands: AdminCommands = {
  ...tenantCommands,
  ...keyCommands,
  ...providerCommands,
  ...priceCommands,
  ...routeCommands,
  ...usageCommands,
  ...requestCommands,
  ...auditCommands,
  ...endUserCommands,
  ...alertCommands,
  ...archiveCommands,
};

/** What a command line may need. It is opened for the commands that do need it. */
export interface AdminEnvironment {
  readonly variables: () => Readonly<Record<string, string | undefined>>;
  readonly withDependencies: (work: (dependencies: AdminDependencies) => Promise<void>) => Promise<void>;
  /** Writes the parts of a long result, each once the one before has been taken. */
  readonly writeParts: (parts: AsyncIterable<string>) => Promise<void>;
}

/** Runs a command line. Resolves with what is to be printed; undefined where it has been written in parts. */
export async function runAdmin(args: readonly string[], environment: AdminEnvironment): Promise<string | undefined> {
  const call = parseAdminCall(args, adminCommands);
  const { text, value, parts } = await runCall(call, environment);
  if (parts) return undefined;
  return call.values.json ? JSON.stringify(value, null, 2) : text;
}

async function runCall(
  { command, ...call }: ParsedAdminCall,
  { variables, withDependencies, writeParts }: AdminEnvironment,
): Promise<AdminResult> {
  if ('runLocally' in command) return await command.runLocally(variables(), call);
  const results: AdminResult[] = [];
  await withDependencies(async (dependencies) => {
    const result = await command.run(dependencies, call);
    results.push(result);
    if (result.parts) await writeParts(result.parts);
  });
  const [result] = results;
  if (!result) throw new Error('the database was not opened');
  return result;
}
