import routesFile from '../routes.json' with { type: 'json' };
import { canBeKey } from './auth/key-format.ts';
import { KeyUse } from './auth/key-use.ts';
import { KeyVerifier } from './auth/key-verifier.ts';
import { OpaqueValueVault } from './auth/opaque-value-vault.ts';
import { ProviderKeyVault } from './auth/provider-key-vault.ts';
import type { ReconciliationMonitor } from './billing/reconciliation-monitor.ts';
import { openDatabase, pingDatabase } from './db/client.ts';
import { listApiKeyIds } from './db/queries/api-keys.ts';
import {
  findEndUserCharges,
  findStoredRequests,
  sumBudgetCharges,
  sumOwnerCharges,
} from './db/queries/budget-charges.ts';
import { markDeadLettered } from './db/queries/dead-letters.ts';
import { findEffectivePriceOverrides } from './db/queries/price-overrides.ts';
import { findPrincipalByKeyHash, touchApiKey } from './db/queries/principals.ts';
import { insertRequestBodies } from './db/queries/request-bodies.ts';
import { findRoutes } from './db/queries/routes.ts';
import { insertUsage } from './db/queries/usage-ledger.ts';
import { devKey } from './domain/dev-key.ts';
import type { Retention } from './domain/retention.ts';
import {
  type Env,
  getOperatorWebhook,
  getRetention,
  isPlaygroundOn,
  parseRoutesFile,
  toRegistrySettings,
} from './env.ts';
import { ByokProviders } from './gateway/byok-providers.ts';
import { ContinuationStore } from './gateway/continuity/continuation-store.ts';
import { Continuity } from './gateway/continuity/continuity.ts';
import { Gateway } from './gateway/gateway.ts';
import { ModelLists } from './gateway/model-lists.ts';
import type { createGraphQlServer } from './graphql/server.ts';
import type { JobDependencies } from './jobs/job-dependencies.ts';
import { createKeyedHash } from './lib/keyed-hash.ts';
import { createLogger, type Logger } from './lib/logger.ts';
import { countSubrequest } from './lib/subrequest-counter.ts';
import { Admission } from './limits/admission.ts';
import { forgetEndUserCounters } from './limits/forget-counters.ts';
import { LimitStatusReader } from './limits/read-limit-status.ts';
import { openRedis } from './limits/redis-client.ts';
import { RedisCounters } from './limits/redis-counters.ts';
import { createResponseRunner } from './protocols/openai/run-response-job.ts';
import { createRegistry } from './providers/create-registry.ts';
import { ReplyCache } from './reply-cache/reply-cache.ts';
import { BodyRecorder } from './request-log/body-recorder.ts';
import { ResponseStore } from './responses-store/response-store.ts';
import { RouteBook } from './routing/route-book.ts';
import { SharedCooldowns } from './routing/shared-cooldowns.ts';
import { TargetHealth } from './routing/target-health.ts';
import type { GraphQlHandler } from './server/graphql-route.ts';
import type { Console } from './server/pages/console-page.ts';
import type { Playground } from './server/pages/playground-page.ts';
import type { StaticFiles } from './server/pages/static-file.ts';
import type { TenantDependencies } from './tenants/tenant-dependencies.ts';
import { PriceBook } from './usage/price-book.ts';
import { prices } from './usage/prices.ts';
import { toRequestRows } from './usage/to-request-rows.ts';
import { toLedgerRow } from './usage/usage-record.ts';
import { type RecordedUsage, UsageRecorder } from './usage/usage-recorder.ts';
import { enqueueJobWebhook } from './webhooks/enqueue-job-webhook.ts';
import { ReceiverLoad } from './webhooks/receiver-load.ts';
import type { WebhookDependencies } from './webhooks/webhook-dependencies.ts';

/** What the Worker's handlers work with: one set for each isolate, however many requests it serves. */
export interface Services {
  readonly env: Env;
  readonly logger: Logger;
  readonly keys: KeyVerifier;
  readonly gateway: Gateway;
  readonly jobs: JobDependencies;
  readonly responses: ResponseStore;
  readonly maxSubrequests: number;
  readonly webhooks: WebhookDependencies;
  /** The same for queue consumers and cron, whose statements may take longer than a client waits. */
  readonly background: { readonly jobs: JobDependencies; readonly webhooks: WebhookDependencies };
  readonly receiverLoad: ReceiverLoad;
  readonly tenants: Omit<TenantDependencies, 'actor'>;
  readonly retention: Retention;
  readonly answerGraphQl: GraphQlHandler;
  readonly showDeadLetters: (jobIds: readonly string[]) => Promise<void>;
  readonly usage: UsageRecorder;
  readonly bodies: BodyRecorder;
  /** Tells Redis what this isolate has drawn and not told it the end of. */
  readonly flushLimits: () => Promise<void>;
  readonly insertUsage: (usage: RecordedUsage) => Promise<void>;
  readonly checkBill: () => Promise<void>;
  /** Absent where it is off. */
  readonly playground: Playground | undefined;
  /** Absent where it is off. */
  readonly console: Console | undefined;
  /** Cloudflare's static assets; absent where none are bound. */
  readonly files: StaticFiles;
  readonly pings: { readonly postgres: () => Promise<unknown>; readonly redis: () => Promise<unknown> };
}

const databaseTimeoutMs = 10_000;
/** While Postgres is away, requests are refused within two seconds. No client waits for queue consumers and cron. */
const maxDatabaseSilenceMs = 1_500;
const redisTimeoutMs = 2_000;
/** What a Redis that does not answer may cost a call, if it has not answered the one before either. */
const countersTimeoutMs = 150;
/** What a query for what is left of limits waits for Redis. */
const limitStatusTimeoutMs = 800;
/** A reply counts however late it is: the leases that it brings are given back. */
const countersReplyTimeoutMs = 12_000;

/** Creates all services from the configuration: the one place that knows every part. */
export function createServices(env: Env): Services {
  const now = () => Date.now();
  const local = env.ENVIRONMENT === 'local';
  const logger = createLogger(env.LOG_LEVEL);
  const databaseOptions = { url: env.DATABASE_URL, httpUrl: env.DATABASE_HTTP_URL, timeoutMs: databaseTimeoutMs };
  const database = openDatabase({ ...databaseOptions, maxSilenceMs: maxDatabaseSilenceMs });
  const backgroundDatabase = openDatabase(databaseOptions);
  const redisOptions = { url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN };
  const redis = openRedis({ ...redisOptions, timeoutMs: redisTimeoutMs });
  const insertRecordedUsage = ({ records, requests }: RecordedUsage) =>
    insertUsage(backgroundDatabase, { attempts: records.map(toLedgerRow), requests: toRequestRows(requests, records) });
  const usage = new UsageRecorder({
    send: (message) => {
      countSubrequest();
      return env.USAGE_QUEUE.send(message);
    },
    insert: insertRecordedUsage,
    logger,
    now,
  });
  const keyUse = new KeyUse({ touch: (keyId) => touchApiKey(backgroundDatabase, keyId), now });
  const vault = new ProviderKeyVault(env.ENCRYPTION_KEY);
  const cooldowns = new SharedCooldowns({
    hash: createKeyedHash(JSON.stringify([env.DATABASE_URL, env.ENCRYPTION_KEY]), 'ai-aggregator cooldowns 1'),
    now,
  });
  const admission = new Admission({
    counters: new RedisCounters(openRedis({ ...redisOptions, timeoutMs: countersReplyTimeoutMs }), {
      timeoutMs: countersTimeoutMs,
      now,
      createAttachment: () => cooldowns.createScript(),
    }),
    rows: usage,
    ledger: {
      sumCharges: ({ rule, ...query }) => sumBudgetCharges(database, { ...rule, ...query }),
      findEndUserCharges: (query) => findEndUserCharges(database, query),
      findStored: (requestIds) => findStoredRequests(database, requestIds),
    },
    onFailure: env.RATE_LIMIT_ON_FAILURE,
    logger,
    now,
  });
  const registry = createRegistry(toRegistrySettings(env));
  const byokProviders = new ByokProviders({ decrypt: (encryptedKey, owner) => vault.decrypt(encryptedKey, owner) });
  const gateway = new Gateway({
    registry,
    byokProviders,
    modelLists: new ModelLists({ byokProviders, now }),
    admission,
    timeouts: {
      firstByteMs: env.FIRST_BYTE_TIMEOUT_MS,
      chunkMs: env.CHUNK_TIMEOUT_MS,
      totalMs: env.TOTAL_TIMEOUT_MS,
    },
    continuity: new Continuity({
      opaqueValues: new OpaqueValueVault({ encryptionKey: env.ENCRYPTION_KEY, databaseUrl: env.DATABASE_URL }),
      store: new ContinuationStore(openRedis({ ...redisOptions, timeoutMs: countersTimeoutMs }), now),
    }),
    prices: new PriceBook({ list: prices, load: () => findEffectivePriceOverrides(backgroundDatabase), logger, now }),
    routes: new RouteBook({
      load: () => findRoutes(backgroundDatabase),
      file: parseRoutesFile(routesFile, registry.entries),
      logger,
      now,
    }),
    health: new TargetHealth(now, cooldowns),
    replyCache: new ReplyCache({ openShared: () => caches.open('replies'), now }),
    recordUsage: (settled, waitUntil) => usage.record(settled, waitUntil),
    now,
  });
  const webhooks: WebhookDependencies = {
    database,
    enqueue: (messages, options) => sendAll(env.WEBHOOKS_QUEUE, messages, options),
    fetch: (input, init) => fetch(input, init),
    now,
    local,
    operatorWebhook: getOperatorWebhook(env),
    logger,
  };
  const retention = getRetention(env);
  const storeOptions = { retentionDays: retention.responseDays, logger };
  const bodies = new BodyRecorder({
    retentionDays: retention.bodyDays,
    insert: (row, retentionDays) => insertRequestBodies(backgroundDatabase, row, retentionDays),
    logger,
  });
  const jobs: JobDependencies = {
    database,
    gateway,
    enqueue: (messages) => sendAll(env.JOBS_QUEUE, messages),
    enqueueDeadLetter: (messages) => sendAll(env.JOBS_DEAD_LETTERS, messages),
    reserveRow: () => usage.reserveRow(),
    bodies,
    runResponse: createResponseRunner(new ResponseStore({ ...storeOptions, database: backgroundDatabase })),
    enqueueJobWebhook: (job) => enqueueJobWebhook(webhooks, job),
    maxPendingJobs: env.MAX_PENDING_JOBS,
    logger,
    local,
  };
  const backgroundWebhooks: WebhookDependencies = { ...webhooks, database: backgroundDatabase };
  const backgroundJobs: JobDependencies = { ...jobs, database: backgroundDatabase };
  const limitStatus = new LimitStatusReader({
    redis,
    sumCharges: (owners, day) => sumOwnerCharges(database, owners, day),
    timeoutMs: limitStatusTimeoutMs,
    logger,
    now,
  });
  const tenants: Omit<TenantDependencies, 'actor'> = {
    readRemaining: (owners) => limitStatus.read(owners),
    forgetCounters: async (owner) => {
      const keyIds = await listApiKeyIds(database, owner.tenantId);
      return await forgetEndUserCounters(redis, { ...owner, keyIds, nowMs: now() });
    },
    database,
    vault,
    providers: gateway.registry.entries,
    now,
    local,
  };
  return {
    env,
    logger,
    keys: new KeyVerifier({
      findPrincipal: (keyHash) => findPrincipalByKeyHash(database, keyHash),
      canBeKey: (text) => canBeKey(text, { allowUnprefixed: local }),
      recordUse: (keyId, waitUntil) => keyUse.record(keyId, waitUntil),
      now,
    }),
    gateway,
    jobs,
    responses: new ResponseStore({ ...storeOptions, database }),
    maxSubrequests: env.MAX_SUBREQUESTS,
    webhooks,
    receiverLoad: new ReceiverLoad(now),
    background: { jobs: backgroundJobs, webhooks: backgroundWebhooks },
    tenants,
    retention,
    answerGraphQl: loadGraphQl({ jobs, webhooks, tenants, retention, introspection: isPlaygroundOn(env) }),
    showDeadLetters: (jobIds) => markDeadLettered(backgroundDatabase, jobIds),
    usage,
    bodies,
    flushLimits: () => admission.flush(),
    insertUsage: insertRecordedUsage,
    checkBill: loadBillWatch({ database: backgroundDatabase, redis, logger, now }),
    files: env.ASSETS,
    playground: isPlaygroundOn(env) ? { files: env.ASSETS, apiKey: local ? devKey : undefined } : undefined,
    console: env.ENABLE_CONSOLE ? { files: env.ASSETS, apiKey: local ? devKey : undefined } : undefined,
    pings: { postgres: () => pingDatabase(database), redis: () => redis.ping() },
  };
}

/** GraphQL is loaded with the first request for it: most isolates never need it, and all of them have to start. */
function loadGraphQl(options: Parameters<typeof createGraphQlServer>[0]): GraphQlHandler {
  let answer: GraphQlHandler | undefined;
  return async (request, call) => {
    if (answer) return await answer(request, call);
    // No promise is kept: one request may not wait for what another has begun.
    const { createGraphQlServer } = await import('./graphql/server.ts');
    answer ??= createGraphQlServer(options);
    return await answer(request, call);
  };
}

/** Loaded with the first cron run of an isolate, for no request needs it. */
function loadBillWatch(options: ConstructorParameters<typeof ReconciliationMonitor>[0]): () => Promise<void> {
  let watch: ReconciliationMonitor | undefined;
  return async () => {
    const { ReconciliationMonitor } = await import('./billing/reconciliation-monitor.ts');
    watch ??= new ReconciliationMonitor(options);
    await watch.run();
  };
}

function sendAll(
  queue: Env['JOBS_QUEUE'],
  messages: readonly unknown[],
  options?: { readonly delaySeconds: number },
): Promise<unknown> {
  countSubrequest();
  const batch = messages.map((body) => ({ body }));
  return options ? queue.sendBatch(batch, options) : queue.sendBatch(batch);
}
