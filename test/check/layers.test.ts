import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

/** A tree of its own under the project's rules, so that nothing is planted in the project. */
const tree = mkdtempSync(join(tmpdir(), 'layers-'));
copyFileSync('biome.json', join(tree, 'biome.json'));
afterAll(() => rmSync(tree, { recursive: true }));

const biome = join(process.cwd(), 'node_modules/.bin/biome');

/** What biome says of a file with this content at this path. */
function lint(path: string, content: string): { failed: boolean; output: string } {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
  const { status, stdout, stderr } = spawnSync(biome, ['lint', '--vcs-enabled=false', path], {
    cwd: tree,
    encoding: 'utf8',
  });
  return { failed: status !== 0, output: stdout + stderr };
}

const importOf = (source: string) => `import { planted } from '${source}';\n\nexport const used = planted;\n`;

describe('a planted import fails the check', () => {
  test.each([
    ['src/domain/planted.ts', '../db/client.ts'],
    ['src/domain/planted.ts', '../lib/logger.ts'],
    ['src/domain/planted.ts', '../env.ts'],
    ['src/lib/planted.ts', '../db/client.ts'],
    ['src/db/planted.ts', '../usage/prices.ts'],
    ['src/db/queries/planted.ts', '../../gateway/complete.ts'],
    ['src/usage/planted.ts', '../providers/registry.ts'],
    ['src/providers/openai/planted.ts', '../../usage/prices.ts'],
    ['src/auth/planted.ts', '../limits/redis-client.ts'],
    ['src/limits/planted.ts', '../db/client.ts'],
    ['src/limits/planted.ts', '../billing/compare-budgets.ts'],
    ['src/billing/planted.ts', '../gateway/complete.ts'],
    ['src/gateway/planted.ts', '../protocols/error-response.ts'],
    ['src/gateway/planted.ts', '../queue/usage-consumer.ts'],
    ['src/gateway/planted.ts', '../idempotency/idempotent-response.ts'],
    ['src/outbox/planted.ts', '../jobs/run-job.ts'],
    ['src/outbox/planted.ts', '../gateway/complete.ts'],
    ['src/gateway/planted.ts', '../outbox/outbox.ts'],
    ['src/jobs/planted.ts', '../webhooks/deliver-webhook.ts'],
    ['src/webhooks/planted.ts', '../jobs/run-job.ts'],
    ['src/webhooks/planted.ts', '../tenants/tenants.ts'],
    ['src/idempotency/planted.ts', '../server/app.ts'],
    ['src/tenants/planted.ts', '../jobs/run-job.ts'],
    ['src/tenants/planted.ts', '../graphql/schema.ts'],
    ['src/auth/planted.ts', '../tenants/tenants.ts'],
    ['src/queue/planted.ts', '../server/app.ts'],
    ['src/queue/planted.ts', '../graphql/schema.ts'],
    ['src/graphql/planted.ts', '../protocols/error-response.ts'],
    ['src/http/planted.ts', '../protocols/error-response.ts'],
    ['src/http/planted.ts', '../gateway/complete.ts'],
    ['src/protocols/planted.ts', '../server/app.ts'],
    ['src/protocols/planted.ts', '../services.ts'],
    ['src/protocols/openai/planted.ts', '../anthropic/encode-anthropic-error.ts'],
    ['src/protocols/anthropic/planted.ts', '../native/encode-native-job.ts'],
    ['src/protocols/native/planted.ts', '../openai/encode-openai-error.ts'],
    ['src/protocols/openai/planted.ts', '../../server/app.ts'],
    ['src/protocols/openai/planted.ts', '../../build/openapi/components.ts'],
    ['src/server/planted.ts', '../queue/usage-consumer.ts'],
    ['src/server/planted.ts', '../services.ts'],
    ['src/server/pages/planted.ts', '../../graphql/schema.ts'],
    ['src/server/planted.ts', '../web/playground/settings.ts'],
    ['src/services.ts', './dev/dev.ts'],
    ['src/services.ts', './cli/admin.ts'],
    ['src/services.ts', './web/playground/settings.ts'],
    ['src/services.ts', './build/openapi/document.ts'],
    ['src/build/openapi/planted.ts', '../../dev/dev.ts'],
    ['src/build/openapi/planted.ts', '../../graphql/schema.ts'],
    ['src/build/planted.ts', '../cli/admin.ts'],
    ['src/dev/planted.ts', '../cli/admin.ts'],
    ['src/web/playground/planted.ts', '../../domain/errors.ts'],
    ['src/web/playground/planted.ts', '../../env.ts'],
    ['src/gateway/planted.ts', 'hono'],
    ['src/gateway/planted.ts', 'hono/cors'],
    ['src/server/planted.ts', 'drizzle-orm'],
    ['src/usage/planted.ts', 'drizzle-orm/pg-core'],
    ['src/gateway/planted.ts', 'openai'],
    ['src/protocols/anthropic/planted.ts', '@anthropic-ai/sdk'],
    ['src/queue/planted.ts', '@upstash/redis'],
  ])('%s ← %s', (path, source) => {
    const { failed, output } = lint(path, importOf(source));
    expect(output).toContain('noRestrictedImports');
    expect(failed).toBe(true);
  });
});

test('a planted import cycle fails the check, of types too', () => {
  lint(
    'src/limits/first.ts',
    "import type { Second } from './second.ts';\n\nexport type First = Second | undefined;\n",
  );
  const second = "import type { First } from './first.ts';\n\nexport type Second = First | null;\n";
  const { failed, output } = lint('src/limits/second.ts', second);
  expect(output).toContain('noImportCycles');
  expect(failed).toBe(true);
});

describe('an import in the right direction passes', () => {
  test.each([
    ['src/lib/planted.ts', '../domain/errors.ts'],
    ['src/http/planted.ts', 'hono'],
    ['src/protocols/openai/planted.ts', '../../gateway/complete.ts'],
    ['src/protocols/openai/planted.ts', '../../providers/openai/decode-openai-usage.ts'],
    ['src/protocols/openai/openapi.ts', '../../build/openapi/components.ts'],
    ['src/server/planted.ts', '../idempotency/idempotent-response.ts'],
    ['src/server/planted.ts', '../protocols/error-response.ts'],
    ['src/graphql/planted.ts', '@pothos/core'],
    ['src/graphql/planted.ts', '../tenants/tenants.ts'],
    ['src/tenants/planted.ts', '../db/queries/tenants.ts'],
    ['src/queue/planted.ts', '../webhooks/deliver-webhook.ts'],
    ['src/outbox/planted.ts', '../db/queries/outbox.ts'],
    ['src/webhooks/planted.ts', '../outbox/outbox.ts'],
    ['src/gateway/planted.ts', '../usage/prices.ts'],
    ['src/billing/planted.ts', '../limits/redis-client.ts'],
    ['src/usage/planted.ts', '../db/queries/usage-ledger.ts'],
    ['src/providers/planted.ts', '../domain/errors.ts'],
    ['src/db/planted.ts', 'drizzle-orm'],
    ['src/dev/planted.ts', '../env.ts'],
    ['src/cli/planted.ts', '../dev/dev-settings.ts'],
    ['src/build/openapi/planted.ts', '../../protocols/openai/openapi.ts'],
  ])('%s ← %s', (path, source) => {
    expect(lint(path, importOf(source)).failed).toBe(false);
  });
});
