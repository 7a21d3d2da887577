import { compatibleProvidersSchema } from '../core/compatible-providers.ts';

type Variables = Readonly<Record<string, string>>;

/** What the Worker takes as it is given. Nothing else of this machine's environment reaches it. */
const passedOn = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'OLLAMA_URL',
  'COMPATIBLE_PROVIDERS',
  'DEFAULT_PROVIDER',
  'DEFAULT_MODEL',
  'CORS_ORIGINS',
  'ENABLE_PLAYGROUND',
  'LOG_LEVEL',
  'FIRST_BYTE_TIMEOUT_MS',
  'CHUNK_TIMEOUT_MS',
  'TOTAL_TIMEOUT_MS',
  'JOB_RETENTION_DAYS',
  'RATE_LIMIT_ON_FAILURE',
  'ENCRYPTION_KEY',
] as const;

/** Where Postgres and Redis are, as the Worker sees it. */
export interface ServiceVariables {
  readonly DATABASE_URL: string;
  readonly DATABASE_HTTP_URL: string;
  readonly UPSTASH_REDIS_REST_URL: string;
  readonly UPSTASH_REDIS_REST_TOKEN: string;
}

/** Chooses the Worker's variables from all that are given, and adds what is the default on a developer's machine. */
export function variablesForWorker(given: Variables): Variables {
  const names = [...passedOn, ...apiKeyVariables(given.COMPATIBLE_PROVIDERS)];
  const chosen = names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
  return { ENABLE_PLAYGROUND: 'true', ...Object.fromEntries(chosen), ENVIRONMENT: 'local' };
}

/** The variables that COMPATIBLE_PROVIDERS names. A broken list is told by the check of all variables. */
function apiKeyVariables(json: string | undefined): string[] {
  const providers = compatibleProvidersSchema.safeParse(json);
  return (providers.data ?? []).flatMap(({ apiKeyVar }) => apiKeyVar ?? []);
}
