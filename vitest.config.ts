import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Pure parts in the real runtime: no bindings, no services. */
const unit = {
  plugins: [
    cloudflareTest({
      miniflare: { compatibilityDate: '2026-10-23', compatibilityFlags: ['nodejs_compat', 'enable_request_signal'] },
    }),
  ],
  test: { name: 'unit', include: ['test/{core,providers,usage,gateway,auth,http}/**/*.test.ts'] },
};

/** What runs in Node: the local stack and the test support itself. */
const node = {
  test: { name: 'node', environment: 'node' as const, include: ['test/{local,support}/**/*.test.ts'] },
};

export default defineConfig({ test: { projects: [unit, node] } });
