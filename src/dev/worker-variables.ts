import { variableNames } from '../env.ts';
import { compatibleProvidersSchema } from '../providers/parse-compatible-providers.ts';

type Variables = Readonly<Record<string, string>>;

/** Variables that the local stack sets itself. */
const localNames = [
  'ENVIRONMENT',
  'DATABASE_URL',
  'DATABASE_HTTP_URL',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
];
/** Variables that the Worker takes over. No other variable of this machine's environment reaches it. */
const passthroughNames = variableNames.filter((name) => !localNames.includes(name));

/** The defaults of a developer's machine where the Worker has others. */
const defaults = { RESPONSE_RETENTION_DAYS: '30' };

/** The addresses of Postgres and Redis for the Worker. */
export interface ServiceVariables {
  readonly DATABASE_URL: string;
  readonly DATABASE_HTTP_URL: string;
  readonly UPSTASH_REDIS_REST_URL: string;
  readonly UPSTASH_REDIS_REST_TOKEN: string;
}

/** Selects the Worker's variables, and adds the defaults of a developer's machine. */
export function selectWorkerVariables(variables: Variables): Variables {
  const names = [...passthroughNames, ...getApiKeyVariables(variables.COMPATIBLE_PROVIDERS)];
  const selected = names.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]]));
  return { ...defaults, ...Object.fromEntries(selected), ENVIRONMENT: 'local' };
}

/** Returns the variables that COMPATIBLE_PROVIDERS names. The validation of all variables reports a broken list. */
function getApiKeyVariables(json: string | undefined): string[] {
  const providers = compatibleProvidersSchema.safeParse(json);
  return (providers.data ?? []).flatMap(({ apiKeyVar }) => apiKeyVar ?? []);
}
