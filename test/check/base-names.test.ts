import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const program = join(process.cwd(), 'test/check/base-names.ts');

/** Runs the check in a tree that has these files under `src`. */
function checkTree(...files: string[]): { failed: boolean; output: string } {
  const tree = mkdtempSync(join(tmpdir(), 'base-names-'));
  for (const file of files) {
    mkdirSync(dirname(join(tree, 'src', file)), { recursive: true });
    writeFileSync(join(tree, 'src', file), '');
  }
  const { status, stderr } = spawnSync(process.execPath, [program], { cwd: tree, encoding: 'utf8' });
  rmSync(tree, { recursive: true });
  return { failed: status !== 0, output: stderr };
}

it('rejects a base name that occurs twice, and names both files', () => {
  const { failed, output } = checkTree('jobs/backoff.ts', 'webhooks/backoff.ts', 'jobs/run-job.ts');
  expect(failed).toBe(true);
  expect(output).toContain('backoff: src/jobs/backoff.ts, src/webhooks/backoff.ts');
  expect(output).not.toContain('run-job');
});

it('rejects a module and a component of the same name', () => {
  expect(checkTree('web/playground/tabs.ts', 'web/docs/tabs.tsx').failed).toBe(true);
});

it.each([
  ['index.ts', ['index.ts', 'web/index.ts']],
  ['openapi.ts', ['protocols/native/openapi.ts', 'protocols/openai/openapi.ts']],
  ['a table, its queries and the module that uses them', ['db/schema/a.ts', 'db/queries/a.ts', 'tenants/a.ts']],
  ['a GraphQL type', ['domain/job.ts', 'graphql/job.ts']],
  ['data beside its module', ['usage/prices.ts', 'usage/prices.json']],
])('accepts %s', (_, files) => {
  expect(checkTree(...files)).toEqual({ failed: false, output: '' });
});
