import { globSync, readFileSync } from 'node:fs';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig, type Plugin } from 'vitest/config';
import { usesRealEngines } from './test/support/real-engines.ts';

/** Deadlines that only end what hangs: a busy machine may be many times slower than a quiet one. */
const deadlines = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 50_000 } } };

const unitFiles = 'test/unit/**/*.test.ts';
/** Those of what runs in Node. */
const inNodeOnly = 'test/unit/{cli,dev,build,web,limits/driven}/**/*.test.ts';

/** Files that change what others share, such as the clock: they get an isolate each. Starting one takes longer than most files. */
const isolated = globSync('test/{unit,integration}/**/*.test.ts').filter((file) =>
  /\bvi\.(?:mock|spyOn|stubGlobal|useFakeTimers)\(/.test(readFileSync(file, 'utf8')),
);

/** Pure parts in the real runtime: no bindings, no services. */
const unit = (name: string, options: { include: string[]; exclude: string[]; isolate: boolean }) => ({
  plugins: [
    cloudflareTest({
      miniflare: {
        compatibilityDate: '2026-10-23',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal', 'no_nodejs_global_timers'],
      },
    }),
  ],
  test: {
    ...deadlines,
    ...options,
    name,
    provide: { cutsAtFullLoad: process.env.CUTS_AT_FULL_LOAD === '1' },
  },
});

/**
 * A test file gets all modules that earlier files have loaded in one message of at most 32 MiB. The source maps of all packages
 * do not fit.
 */
const dropPackageSourceMaps: Plugin = {
  name: 'drop-package-source-maps',
  enforce: 'post',
  transform: (code, id) => (id.includes('/node_modules/') ? { code, map: { mappings: '' } } : undefined),
};

/** The whole Worker in workerd, with its queues, on Postgres, Redis and providers that answer over HTTP. */
const integration = (name: string, include: readonly string[], exclude: readonly string[], isolate: boolean) => ({
  plugins: [
    dropPackageSourceMaps,
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: { ...inject('variables'), PROVIDER_URL: inject('providerUrl'), RECEIVER_URL: inject('receiverUrl') },
      },
    })),
  ],
  test: {
    ...deadlines,
    name,
    include: [...include],
    exclude: [...exclude],
    isolate,
    globalSetup: ['./test/support/global-setup.ts'],
  },
});

const inNode = { ...deadlines, environment: 'node' as const };

/** Against `npm run dev`. */
const agentRequests = 'test/agents/agent-requests.test.ts';

/** What runs in Node: the local stack and the test support itself. */
const node = {
  test: {
    ...inNode,
    name: 'node',
    include: [inNodeOnly, 'test/{check,support,bench,agents}/**/*.test.ts'],
    exclude: [agentRequests],
  },
};

const built = { ...inNode, globalSetup: ['./test/support/build-worker.ts'] };
/** The files of the next three that can run beside any other work. */
const untimed = [
  'test/e2e/{bill*,browser-*,canaries*,cases*,connection-reuse,graphql-audit,leaving,openapi,operator-alerts,recordings,responses-websocket,translation,upstream-*}.test.ts',
];

/** The Worker as it deploys, behind real sockets. */
const sockets = { test: { ...built, name: 'sockets', include: untimed } };

/** The same under load, with deadlines of seconds: they can run beside one other project. */
const loaded = ['test/e2e/{database-faults,limits*,request-log-statements,shared-cooldowns,webhooks-hanging}.test.ts'];
const load = { test: { ...built, name: 'load', include: loaded } };

/** The same, where the test is about time or memory. */
const wire = { test: { ...built, name: 'wire', include: ['test/e2e/**/*.test.ts'], exclude: [...untimed, ...loaded] } };

/** The Worker, killed while jobs are under way. */
const crash = {
  test: { ...inNode, name: 'crash', include: ['test/crash/**/*.test.ts'], testTimeout: 1_800_000 },
};

/** The browser app: its parts in Node, and its page in a browser, against `npm run dev`. */
const browserApps = {
  test: { ...inNode, name: 'web', include: ['test/web/**/*.test.ts'] },
};

/** The examples of the documentation, against `npm run dev`. */
const examples = { test: { ...inNode, name: 'examples', include: ['test/examples/**/*.test.ts'] } };

/** The official clients of OpenAI, Anthropic and Google, and what others have built on them, against `npm run dev`. */
const sdk = {
  test: {
    ...inNode,
    name: 'sdk',
    include: ['test/sdk/**/*.test.ts', agentRequests],
    globalSetup: ['./test/sdk/setup.ts'],
  },
};

/** The files in which Postgres or Redis decides the outcome: they run on the real servers, where both listen. */
const engineDependent = [
  'test/integration/ledger-{archives,attempts,partitions,versions}.test.ts',
  'test/integration/{admission,api-keys,audit-log,budget-alerts,dead-letters,idempotency,job-events,jobs,kept-sums,ledger,limits,operator-alert{s,-deliveries}}.test.ts',
  'test/integration/{pending-jobs,prices,provider-keys,reconcile,rest-isolation,revoked-streams,routes,secrets-at-rest}.test.ts',
  'test/integration/{stored-responses,recorded-responses,response-isolation}.test.ts',
  'test/integration/{graphql,graphql-isolation,graphql-jobs,graphql-nodes,graphql-subscriptions,graphql-usage}.test.ts',
  'test/integration/{tenants,usage-consumer,webhook-receivers,webhooks,webhooks-consumer}.test.ts',
];

/** ENGINES=embedded: everything runs on the embedded engines, as where no servers listen. */
const onRealEngines = (await usesRealEngines()) ? engineDependent : [];
const integrationFiles = ['test/integration/**/*.test.ts'];

const projects = [
  unit('unit', { include: [unitFiles], exclude: [inNodeOnly, ...isolated], isolate: false }),
  unit('unit-isolated', { include: isolated, exclude: [inNodeOnly, ...integrationFiles], isolate: true }),
  integration('integration', integrationFiles, [...isolated, ...onRealEngines], false),
  integration('integration-isolated', isolated, [unitFiles, ...onRealEngines], true),
  node,
  sockets,
  load,
  wire,
  crash,
  browserApps,
  examples,
  sdk,
];
if (onRealEngines.length > 0) projects.push(integration('integration-real', onRealEngines, [], true));
else if (process.env.ENGINES !== 'embedded')
  console.warn('SKIPPED: PostgreSQL and Redis do not both listen on this machine, so nothing runs against them.');

export default defineConfig({ test: { projects, silent: 'passed-only' } });
