import { readFileSync } from 'node:fs';
import { parseEnv as parseDotEnv } from 'node:util';
import * as z from 'zod';
import { ConfigurationError, checkVariables } from '../env.ts';
import { StartError } from './start-error.ts';
import { selectWorkerVariables } from './worker-variables.ts';

type Variables = Readonly<Record<string, string>>;

const portMessage = 'must be a port from 1 to 65535';
const localSchema = z.object({
  API_HOST: z
    .string()
    .regex(/^[A-Za-z0-9._:-]+$/, 'must be an IP address or a host name')
    .default('127.0.0.1'),
  API_PORT: z.coerce.number(portMessage).int(portMessage).min(1, portMessage).max(65_535, portMessage).default(8080),
  LOCAL_DATA_DIR: z.string().default('.local'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a URL such as postgres://user:password@localhost:5432/name' })
    .optional(),
  UPSTASH_REDIS_REST_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://localhost:6379' }).optional(),
});

/** The settings of the local stack, validated. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** A folder, or `memory`. */
  readonly dataDir: string;
  /** Absent: the embedded Postgres. */
  readonly databaseUrl: string | undefined;
  /** Absent: the in-process Redis. */
  readonly redisUrl: string | undefined;
  /** The Redis of a deployed gateway. The local stack does not use it. */
  readonly upstash: { readonly url: string; readonly token: string } | undefined;
  /** The Worker's variables, without those for Postgres and Redis. */
  readonly variables: Variables;
}

/** Reads and validates the settings. A variable that is absent or empty in `environment` is read from the .env file. */
export function readSettings(environment: NodeJS.ProcessEnv, dotEnvPath: string): Settings {
  const mergedVariables = { ...omitEmpty(readDotEnv(dotEnvPath)), ...omitEmpty(environment) };
  const settings = localSchema.safeParse(mergedVariables);
  if (!settings.success) {
    throw new StartError(settings.error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`).join('\n'));
  }
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = settings.data;
  const variables = selectWorkerVariables(mergedVariables);
  checkWorkerVariables(variables);
  return {
    host: settings.data.API_HOST,
    port: settings.data.API_PORT,
    dataDir: settings.data.LOCAL_DATA_DIR,
    databaseUrl: settings.data.DATABASE_URL,
    redisUrl: settings.data.REDIS_URL,
    upstash: url === undefined || token === undefined ? undefined : { url, token },
    variables,
  };
}

/** Validates the Worker's variables before anything starts, with stand-ins for those of the local endpoints. */
function checkWorkerVariables(variables: Variables): void {
  try {
    checkVariables({
      ...variables,
      DATABASE_URL: 'postgres://local',
      UPSTASH_REDIS_REST_URL: 'http://local',
      UPSTASH_REDIS_REST_TOKEN: 'local',
    });
  } catch (error) {
    throw error instanceof ConfigurationError ? new StartError(`${error.message}.`) : error;
  }
}

function readDotEnv(path: string): NodeJS.Dict<string> {
  try {
    return parseDotEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new StartError(`The file ${path} cannot be read (${code}).`);
  }
}

function omitEmpty(values: NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
}
