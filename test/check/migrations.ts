/** Fails where the schema in src/db/schema has changed since the last migration was generated. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

// drizzle-kit takes a folder below the project only.
mkdirSync('.wrangler', { recursive: true });
const folder = mkdtempSync(join('.wrangler', 'migrations-'));
try {
  cpSync('migrations', folder, { recursive: true });
  const before = readdirSync(folder).length;
  const command = `drizzle-kit generate --dialect postgresql --schema './src/db/schema/*.ts' --out ${folder} --name drift`;
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  if (readdirSync(folder).length !== before) {
    console.log('The schema has changed without a migration: run `npm run db:generate -- --name what-it-does`.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
