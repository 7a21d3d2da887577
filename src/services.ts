import { KeyVerifier } from './auth/key-verifier.ts';
import { createLogger, type Logger } from './core/logger.ts';
import { openDatabase, pingDatabase } from './db/client.ts';
import { findCallerByKeyHash } from './db/queries/api-keys.ts';
import { insertLedgerRows } from './db/queries/usage-ledger.ts';
import type { Env } from './env.ts';
import type { GatewayDependencies } from './gateway/call-request.ts';
import type { JobDependencies } from './jobs/job-dependencies.ts';
import { openRedis } from './limits/redis.ts';
import { configureProviders } from './providers/configure-providers.ts';
import { ProviderRegistry } from './providers/registry.ts';
import { prices } from './usage/prices.ts';
import { toLedgerRow, type UsageRecord } from './usage/usage-record.ts';
import { UsageRecorder } from './usage/usage-recorder.ts';

/** What the Worker's handlers work with: one set for each isolate, however many requests it serves. */
export interface Services {
  readonly env: Env;
  readonly logger: Logger;
  readonly keys: KeyVerifier;
  readonly gateway: GatewayDependencies;
  readonly jobs: JobDependencies;
  readonly usage: UsageRecorder;
  readonly insertUsage: (records: readonly UsageRecord[]) => Promise<void>;
  readonly pings: { readonly postgres: () => Promise<unknown>; readonly redis: () => Promise<unknown> };
}

const databaseTimeoutMs = 10_000;
const redisTimeoutMs = 2_000;

/** Puts the house together from its configuration: the one place that knows every part. */
export function createServices(env: Env): Services {
  const now = () => Date.now();
  const logger = createLogger(env.LOG_LEVEL);
  const database = openDatabase({
    url: env.DATABASE_URL,
    httpUrl: env.DATABASE_HTTP_URL,
    timeoutMs: databaseTimeoutMs,
  });
  const redis = openRedis({
    url: env.UPSTASH_REDIS_REST_URL,
    token: env.UPSTASH_REDIS_REST_TOKEN,
    timeoutMs: redisTimeoutMs,
  });
  const insertUsage = (records: readonly UsageRecord[]) => insertLedgerRows(database, records.map(toLedgerRow));
  const usage = new UsageRecorder({
    send: (message) => env.USAGE_QUEUE.send(message),
    insert: insertUsage,
    logger,
    now,
  });
  const gateway: GatewayDependencies = {
    registry: createRegistry(env),
    timeouts: {
      firstByteMs: env.FIRST_BYTE_TIMEOUT_MS,
      chunkMs: env.CHUNK_TIMEOUT_MS,
      totalMs: env.TOTAL_TIMEOUT_MS,
    },
    prices,
    recordUsage: (record, waitUntil) => usage.record(record, waitUntil),
    now,
  };
  return {
    env,
    logger,
    keys: new KeyVerifier({ findCaller: (keyHash) => findCallerByKeyHash(database, keyHash), now }),
    gateway,
    jobs: { database, gateway, enqueue: (message) => env.JOBS_QUEUE.send(message), logger },
    usage,
    insertUsage,
    pings: { postgres: () => pingDatabase(database), redis: () => redis.ping() },
  };
}

function createRegistry(env: Env): ProviderRegistry {
  const local = env.ENVIRONMENT === 'local';
  const entries = configureProviders({
    openai: { apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL },
    anthropic: { apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL },
    ollamaUrl: env.OLLAMA_URL,
    compatible: env.COMPATIBLE_PROVIDERS,
    secrets: env.secrets,
    stubEnabled: local || env.DEFAULT_PROVIDER === 'stub',
  });
  return new ProviderRegistry(entries, {
    provider: env.DEFAULT_PROVIDER,
    fallback: local ? 'stub' : undefined,
    model: env.DEFAULT_MODEL,
  });
}
