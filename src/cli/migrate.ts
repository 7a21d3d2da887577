import { fileURLToPath } from 'node:url';
import { readSettings } from '../dev/dev-settings.ts';
import { migrateServer } from '../dev/run-migrations.ts';
import { reportFailure, StartError } from '../dev/start-error.ts';

try {
  const { databaseUrl } = readSettings(process.env, fileURLToPath(new URL('../../.env', import.meta.url)));
  if (databaseUrl === undefined) {
    throw new StartError('DATABASE_URL must be set to the database to migrate, in the environment or in .env.');
  }
  await migrateServer(databaseUrl);
  console.log('The database is at the newest schema.');
} catch (error) {
  reportFailure(error);
}
