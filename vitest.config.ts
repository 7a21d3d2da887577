import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig, type Plugin } from 'vitest/config';
import { realEnginesAnswer } from './test/support/real-engines.ts';

/** Pure parts in the real runtime: no bindings, no services. */
const unit = {
  plugins: [
    cloudflareTest({
      miniflare: {
        compatibilityDate: '2026-10-23',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal', 'no_nodejs_global_timers'],
      },
    }),
  ],
  test: {
    name: 'unit',
    include: [
      'test/unit/env.test.ts',
      'test/unit/{auth,domain,gateway,graphql,http,jobs,lib,limits,outbox,protocols,providers,queue,usage,webhooks}/**/*.test.ts',
    ],
  },
};

/**
 * A test file that begins is sent all modules that another one has loaded, in one message of at most 32 MiB: too little for
 * the source maps of every package.
 */
const withoutMapsOfPackages: Plugin = {
  name: 'without-maps-of-packages',
  enforce: 'post',
  transform: (code, id) => (id.includes('/node_modules/') ? { code, map: { mappings: '' } } : undefined),
};

/** The whole Worker in workerd, with its queues, on Postgres, Redis and providers that answer over HTTP. */
const integration = (name: string, exclude: readonly string[] = []) => ({
  plugins: [
    withoutMapsOfPackages,
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: { ...inject('variables'), PROVIDER_URL: inject('providerUrl'), RECEIVER_URL: inject('receiverUrl') },
      },
    })),
  ],
  test: {
    name,
    include: ['test/integration/**/*.test.ts'],
    exclude: [...exclude],
    globalSetup: ['./test/support/global-setup.ts'],
    testTimeout: 20_000,
  },
});

/** What runs in Node: the local stack and the test support itself. */
const node = {
  test: {
    name: 'node',
    environment: 'node' as const,
    include: ['test/unit/{cli,dev,build}/**/*.test.ts', 'test/{check,support,bench}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const slow = { environment: 'node' as const, testTimeout: 120_000, hookTimeout: 90_000 };

const built = { ...slow, globalSetup: ['./test/support/build-worker.ts'] };
/** What of the next two can run while the machine has other things to do. */
const untimed = ['test/e2e/{bill*,canaries,connection-reuse,graphql-*,leaving,openapi,recordings}.test.ts'];

/** The Worker as it deploys, behind real sockets. */
const sockets = { test: { ...built, name: 'sockets', include: untimed } };

/** The same, where it is about time and memory. */
const wire = { test: { ...built, name: 'wire', include: ['test/e2e/**/*.test.ts'], exclude: untimed } };

/** The Worker, killed while jobs are under way. */
const crash = {
  test: { name: 'crash', environment: 'node' as const, include: ['test/crash/**/*.test.ts'], testTimeout: 600_000 },
};

/** The browser app: its parts in Node, and its page in a browser, against `npm run dev`. */
const browserApps = {
  test: { ...slow, name: 'web', include: ['test/web/**/*.test.ts'], expect: { poll: { timeout: 10_000 } } },
};

/** The examples of the documentation, against `npm run dev`. */
const examples = { test: { ...slow, name: 'examples', include: ['test/examples/**/*.test.ts'] } };

/** The official clients of OpenAI and Anthropic, and what others have built on them, against `npm run dev`. */
const sdk = {
  test: { ...slow, name: 'sdk', include: ['test/sdk/**/*.test.ts'], globalSetup: ['./test/sdk/setup.ts'] },
};

/** What is the same whatever Postgres and Redis are. */
const ofNoEngine = ['test/integration/{failures,fuzz,openapi,recordings,secrets,v1-responses}.test.ts'];

const projects = [unit, integration('integration'), node, sockets, wire, crash, browserApps, examples, sdk];
if (await realEnginesAnswer()) projects.push(integration('integration-real', ofNoEngine));
else console.warn('SKIPPED: PostgreSQL and Redis do not both listen on this machine, so nothing runs against them.');

export default defineConfig({ test: { projects, silent: 'passed-only' } });
