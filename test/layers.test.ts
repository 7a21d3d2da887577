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
    ['src/core/planted.ts', '../db/client.ts'],
    ['src/core/planted.ts', '../env.ts'],
    ['src/db/planted.ts', '../usage/prices.ts'],
    ['src/db/queries/planted.ts', '../../gateway/complete.ts'],
    ['src/usage/planted.ts', '../providers/registry.ts'],
    ['src/providers/openai/planted.ts', '../../usage/prices.ts'],
    ['src/auth/planted.ts', '../limits/redis.ts'],
    ['src/gateway/planted.ts', '../http/app.ts'],
    ['src/gateway/planted.ts', '../queue/usage-consumer.ts'],
    ['src/jobs/planted.ts', '../webhooks/deliver-webhook.ts'],
    ['src/webhooks/planted.ts', '../jobs/run-job.ts'],
    ['src/idempotency/planted.ts', '../http/app.ts'],
    ['src/gateway/planted.ts', '../idempotency/idempotent-answer.ts'],
    ['src/tenants/planted.ts', '../jobs/run-job.ts'],
    ['src/tenants/planted.ts', '../graphql/schema.ts'],
    ['src/webhooks/planted.ts', '../tenants/tenants.ts'],
    ['src/auth/planted.ts', '../tenants/tenants.ts'],
    ['src/queue/planted.ts', '../http/app.ts'],
    ['src/queue/planted.ts', '../graphql/schema.ts'],
    ['src/graphql/planted.ts', '../http/app.ts'],
    ['src/http/routes/planted.ts', '../../queue/usage-consumer.ts'],
    ['src/http/planted.ts', '../services.ts'],
    ['src/http/planted.ts', '../local/dev.ts'],
    ['src/services.ts', './local/dev.ts'],
    ['src/services.ts', './console/playground/settings.ts'],
    ['src/http/planted.ts', '../console/playground/settings.ts'],
    ['src/http/planted.ts', '../openapi/document.ts'],
    ['src/services.ts', './openapi/document.ts'],
    ['src/openapi/planted.ts', '../local/dev.ts'],
    ['src/openapi/planted.ts', '../graphql/schema.ts'],
    ['src/console/playground/planted.ts', '../../core/errors.ts'],
    ['src/console/playground/planted.ts', '../../env.ts'],
    ['src/gateway/planted.ts', 'hono'],
    ['src/gateway/planted.ts', 'hono/cors'],
    ['src/http/planted.ts', 'drizzle-orm'],
    ['src/usage/planted.ts', 'drizzle-orm/pg-core'],
    ['src/gateway/planted.ts', 'openai'],
    ['src/http/planted.ts', '@anthropic-ai/sdk'],
    ['src/queue/planted.ts', '@upstash/redis'],
  ])('%s ← %s', (path, source) => {
    const { failed, output } = lint(path, importOf(source));
    expect(output).toContain('noRestrictedImports');
    expect(failed).toBe(true);
  });
});

describe('an import in the right direction passes', () => {
  test.each([
    ['src/http/planted.ts', '../gateway/complete.ts'],
    ['src/http/planted.ts', 'hono'],
    ['src/http/planted.ts', '../idempotency/idempotent-answer.ts'],
    ['src/graphql/planted.ts', '@pothos/core'],
    ['src/graphql/planted.ts', '../tenants/tenants.ts'],
    ['src/tenants/planted.ts', '../db/queries/tenants.ts'],
    ['src/queue/planted.ts', '../webhooks/deliver-webhook.ts'],
    ['src/gateway/planted.ts', '../usage/prices.ts'],
    ['src/usage/planted.ts', '../db/queries/usage-ledger.ts'],
    ['src/providers/planted.ts', '../core/errors.ts'],
    ['src/db/planted.ts', 'drizzle-orm'],
    ['src/local/planted.ts', '../env.ts'],
    ['src/openapi/planted.ts', '../http/chat-body.ts'],
  ])('%s ← %s', (path, source) => {
    expect(lint(path, importOf(source)).failed).toBe(false);
  });
});
