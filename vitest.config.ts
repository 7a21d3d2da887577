import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { realEnginesAnswer } from './test/support/real-engines.ts';

/** Pure parts in the real runtime: no bindings, no services. */
const unit = {
  plugins: [
    cloudflareTest({
      miniflare: { compatibilityDate: '2026-10-23', compatibilityFlags: ['nodejs_compat', 'enable_request_signal'] },
    }),
  ],
  test: { name: 'unit', include: ['test/env.test.ts', 'test/{core,providers,usage,gateway,auth,http}/**/*.test.ts'] },
};

/** The whole Worker in workerd, with its queues, on Postgres, Redis and providers that answer over HTTP. */
const flows = (name: string) => ({
  plugins: [
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: { bindings: { ...inject('variables'), PROVIDER_URL: inject('providerUrl') } },
    })),
  ],
  test: {
    name,
    include: ['test/{flows,db,queue}/**/*.test.ts'],
    globalSetup: ['./test/support/global-setup.ts'],
    testTimeout: 20_000,
  },
});

/** What runs in Node: the local stack and the test support itself. */
const node = {
  test: {
    name: 'node',
    environment: 'node' as const,
    include: ['test/layers.test.ts', 'test/{local,support}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const slow = { environment: 'node' as const, testTimeout: 120_000, hookTimeout: 90_000 };

/** The Worker as it deploys, behind real sockets. */
const wire = {
  test: { ...slow, name: 'wire', include: ['test/wire/**/*.test.ts'], globalSetup: ['./test/support/build-worker.ts'] },
};

/** The examples of the documentation, against `npm run dev`. */
const examples = { test: { ...slow, name: 'examples', include: ['test/examples/**/*.test.ts'] } };

const projects = [unit, flows('flows'), node, wire, examples];
if (await realEnginesAnswer()) projects.push(flows('flows-real'));
else console.warn('SKIPPED: PostgreSQL and Redis do not both listen on this machine, so nothing runs against them.');

export default defineConfig({ test: { projects, silent: 'passed-only' } });
