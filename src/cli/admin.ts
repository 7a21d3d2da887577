/**
 * `npm run admin -- …`: manages tenants, keys, prices, routes, the request log and archives of the ledger in the database of DATABASE_URL or of
 * `npm run dev`, and tests providers.
 */
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Redis } from '@upstash/redis/cloudflare';
import { ProviderKeyVault } from '../auth/provider-key-vault.ts';
import type { Database } from '../db/client.ts';
import { listApiKeyIds } from '../db/queries/api-keys.ts';
import { sumOwnerCharges } from '../db/queries/budget-charges.ts';
import { readSettings, type Settings } from '../dev/dev-settings.ts';
import { readRoutesFile } from '../dev/read-routes-file.ts';
import { readRunningServices } from '../dev/running-services.ts';
import { reportFailure, StartError } from '../dev/start-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { parseRegistrySettings } from '../env.ts';
import { createLogger } from '../lib/logger.ts';
import { forgetEndUserCounters } from '../limits/forget-counters.ts';
import { LimitStatusReader } from '../limits/read-limit-status.ts';
import { openRedis } from '../limits/redis-client.ts';
import { createRegistry } from '../providers/create-registry.ts';
import type { AdminDependencies } from './admin-command.ts';
import { runAdmin } from './admin-commands.ts';
import { getCliActor } from './get-cli-actor.ts';
import { withDatabase } from './open-admin-database.ts';
import { openLedgerSession } from './open-ledger-session.ts';
import { readText } from './read-text.ts';

const redisTimeoutMs = 10_000;
const fromProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const readAll = () => readSettings(process.env, fromProject('.env'));

try {
  const environment = { variables: () => readAll().variables, withDependencies, writeParts };
  const output = await runAdmin(process.argv.slice(2), environment);
  if (output !== undefined) console.log(output);
} catch (error) {
  reportFailure(error instanceof GatewayError ? new StartError(error.message) : error);
}

/** Writes a part once the one before has been taken. Ends quietly where the reader has left, as `head` does. */
async function writeParts(parts: AsyncIterable<string>): Promise<void> {
  await pipeline(parts, process.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Opens the Redis of a deployed gateway, or of the local stack that is running; undefined where there is neither. */
function openGatewayRedis({ upstash, dataDir }: Settings): Redis | undefined {
  const running = upstash ? undefined : readRunningServices(dataDir);
  const { url, token } = upstash ?? { url: running?.UPSTASH_REDIS_REST_URL, token: running?.UPSTASH_REDIS_REST_TOKEN };
  return url === undefined || token === undefined ? undefined : openRedis({ url, token, timeoutMs: redisTimeoutMs });
}

async function forgetCounters(
  database: Database,
  redis: Redis,
  owner: { readonly tenantId: string; readonly endUser: string },
): Promise<number> {
  const keyIds = await listApiKeyIds(database, owner.tenantId);
  return await forgetEndUserCounters(redis, { ...owner, keyIds, nowMs: Date.now() });
}

function createRemainingReader(database: Database, redis: Redis): AdminDependencies['readRemaining'] {
  const reader = new LimitStatusReader({
    redis,
    sumCharges: (owners, day) => sumOwnerCharges(database, owners, day),
    timeoutMs: redisTimeoutMs,
    logger: createLogger('error'),
    now: () => Date.now(),
  });
  return (owners) => reader.read(owners);
}

async function withDependencies(work: (dependencies: AdminDependencies) => Promise<void>): Promise<void> {
  const settings = readAll();
  const redis = openGatewayRedis(settings);
  const registry = createRegistry(parseRegistrySettings(settings.variables));
  await withDatabase(settings, async (database) => {
    await work({
      database,
      forgetCounters: redis && ((owner) => forgetCounters(database, redis, owner)),
      readRemaining: redis && createRemainingReader(database, redis),
      vault: new ProviderKeyVault(settings.variables.ENCRYPTION_KEY),
      registry,
      providers: registry.entries,
      readFileRoutes: () => readRoutesFile(fromProject('routes.json'), settings.variables),
      openSession: () => openLedgerSession(settings),
      readText,
      now: () => Date.now(),
      local: false,
      actor: getCliActor(),
    });
  });
}
