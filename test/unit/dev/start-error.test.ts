import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { embeddedPostgresVersion } from '../../../src/dev/embedded-postgres.ts';
import { failDev } from '../../support/dev-process.ts';
import { findFreePort } from '../../support/free-port.ts';

const scratch = mkdtempSync(join(tmpdir(), 'local-stack-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = join(scratch, 'file');
writeFileSync(file, '');
const newer = join(scratch, 'newer');
mkdirSync(join(newer, 'postgres'), { recursive: true });
writeFileSync(join(newer, 'postgres', 'PG_VERSION'), '99\n');

const taken = createServer().listen(0, '127.0.0.1');
await once(taken, 'listening');
afterAll(() => taken.close());
const address = taken.address();
const takenPort = String(typeof address === 'object' ? address?.port : 0);
const closedPort = await findFreePort();
const closed = `127.0.0.1:${closedPort}`;

/** A folder in which no other can be created. */
const readOnlyFolder: [string, Record<string, string>, string] = [
  'a data folder that cannot be made',
  { LOCAL_DATA_DIR: '/proc/x/y' },
  'The data folder /proc/x/y cannot be used (ENOENT). Set LOCAL_DATA_DIR to a folder that you may write to.',
];

test.each<[string, Record<string, string>, string]>([
  [
    'a taken port',
    { API_PORT: takenPort },
    `Port ${takenPort} is taken by another program. Stop that one, or set API_PORT to another port.`,
  ],
  ['a port that is none', { API_PORT: '80a' }, 'API_PORT must be a port from 1 to 65535.'],
  [
    'an address elsewhere',
    { API_HOST: '192.0.2.1' },
    'API_HOST 192.0.2.1 is not an address of this machine (EADDRNOTAVAIL). 127.0.0.1 is the default.',
  ],
  [
    'a data folder that is a file',
    { LOCAL_DATA_DIR: file },
    `The data folder ${file} cannot be used (EEXIST). Set LOCAL_DATA_DIR to a folder that you may write to.`,
  ],
  ...(process.platform === 'linux' ? [readOnlyFolder] : []),
  [
    'a database of another version',
    { LOCAL_DATA_DIR: newer },
    `The database in ${newer}/postgres is of Postgres 99, and the embedded one is ${embeddedPostgresVersion}. Use the version of this project that made it, or set LOCAL_DATA_DIR to another folder.`,
  ],
  ['a bad variable of the Worker', { OPENAI_BASE_URL: 'api' }, 'OPENAI_BASE_URL must be an http or https URL.'],
  [
    'a key that is named and not set',
    { COMPATIBLE_PROVIDERS: '[{"name":"groq","baseUrl":"https://groq.example/v1","apiKeyVar":"GROQ_KEY"}]' },
    'GROQ_KEY must be set: COMPATIBLE_PROVIDERS names it as the API key of groq.',
  ],
  [
    'a database that is not Postgres',
    { DATABASE_URL: 'mysql://localhost/x' },
    'DATABASE_URL must be a URL such as postgres://user:password@localhost:5432/name.',
  ],
  [
    'a Postgres that is not there',
    { DATABASE_URL: `postgres://me:secret@${closed}/x` },
    `DATABASE_URL: the Postgres at ${closed} cannot be used (connect ECONNREFUSED ${closed}).`,
  ],
  [
    'a Redis that is not there',
    { REDIS_URL: `redis://:secret@${closed}` },
    `REDIS_URL: the Redis at ${closed} cannot be used (connect ECONNREFUSED ${closed}).`,
  ],
])('%s is told in one sentence, with exit code 1', async (_, variables, sentence) => {
  const { code, stderr } = await failDev({ LOCAL_DATA_DIR: join(scratch, 'data'), ...variables });
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${sentence}\n` });
});
