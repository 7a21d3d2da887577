/** `npm run reconcile`: compares the sums with the ledger, repairs them, and settles holds that a crash left open. */
import { fileURLToPath } from 'node:url';
import type { Redis } from '@upstash/redis/cloudflare';
import { isReconciled, reconcileLedger } from '../billing/reconcile-ledger.ts';
import { settleHold } from '../billing/settle-hold.ts';
import type { Database } from '../db/client.ts';
import { readSettings } from '../dev/dev-settings.ts';
import { readRunningServices } from '../dev/running-services.ts';
import { reportFailure, StartError } from '../dev/start-error.ts';
import { GatewayError } from '../domain/errors.ts';
import { openRedis } from '../limits/redis-client.ts';
import { encodeReport, formatDollars, formatReport } from './format-report.ts';
import { getCliActor } from './get-cli-actor.ts';
import { openRunningDatabase, withDatabase } from './open-admin-database.ts';
import { parseReconcileOptions, type ReconcileOptions } from './reconcile-options.ts';

interface Services {
  readonly database: Database;
  readonly redis: Redis;
}

const redisTimeoutMs = 10_000;

try {
  const options = parseReconcileOptions(process.argv.slice(2), new Date());
  await withServices((services) => run(services, options));
} catch (error) {
  reportFailure(error instanceof GatewayError ? new StartError(error.message) : error);
}

async function run(services: Services, { settle, json, repair, ...options }: ReconcileOptions): Promise<void> {
  if (settle) return await settleOpenHold(services, settle);
  const report = await reconcileLedger({ ...services, ...options, repair: repair && getCliActor() });
  console.log(json ? encodeReport(report) : formatReport(report, Date.now()));
  if (!isReconciled(report)) process.exitCode = 1;
}

async function settleOpenHold(
  services: Services,
  { holdId, costNanoUsd }: NonNullable<ReconcileOptions['settle']>,
): Promise<void> {
  const settlement = await settleHold({ ...services, actor: getCliActor() }, holdId, costNanoUsd);
  if (settlement.outcome === 'absent') throw new StartError(`There is no hold ${holdId}, or no longer.`);
  const { hold } = settlement;
  if (settlement.outcome === 'in_use') {
    const since = new Date(hold.touchedAtMs).toISOString();
    throw new StartError(`Calls of the hold ${holdId} may still be under way (it was touched at ${since}): wait.`);
  }
  const { costNanoUsd: chargedNanoUsd } = settlement;
  console.log(
    `Settled ${holdId}: of ${formatDollars(hold.amountNanoUsd)} held, ${formatDollars(chargedNanoUsd)} are charged to ${hold.keyId} on ${hold.day}.`,
  );
  if (chargedNanoUsd !== costNanoUsd) console.log('That was said when it was first settled, and stands in the ledger.');
}

/**
 * Opens the services of a deployed gateway if UPSTASH_REDIS_REST_URL is set, else those of the local stack that is
 * running.
 */
async function withServices(work: (services: Services) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env, fileURLToPath(new URL('../../.env', import.meta.url)));
  const { upstash, databaseUrl, dataDir } = settings;
  const connect = (url: string, token: string) => openRedis({ url, token, timeoutMs: redisTimeoutMs });
  if (upstash && databaseUrl !== undefined) {
    const redis = connect(upstash.url, upstash.token);
    return await withDatabase(settings, (database) => work({ database, redis }));
  }
  const running = upstash ? undefined : readRunningServices(dataDir);
  if (running) {
    const redis = connect(running.UPSTASH_REDIS_REST_URL, running.UPSTASH_REDIS_REST_TOKEN);
    return await work({ database: openRunningDatabase(running), redis });
  }
  throw new StartError(
    `There is no gateway to look at. For a deployed one set DATABASE_URL, UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, in the environment or in .env. For the local one \`npm run dev\` must be running on the data folder ${dataDir}${dataDir === 'memory' ? ', which cannot be `memory`' : ''}.`,
  );
}
