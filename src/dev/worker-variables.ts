import { variableNames } from '../env.ts';
import { compatibleProvidersSchema } from '../providers/compatible-providers.ts';

type Variables = Readonly<Record<string, string>>;

/** What the local stack decides itself. */
const decidedHere = [
  'ENVIRONMENT',
  'DATABASE_URL',
  'DATABASE_HTTP_URL',
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
];
/** What the Worker takes as it is given. Nothing else of this machine's environment reaches it. */
const passedOn = variableNames.filter((name) => !decidedHere.includes(name));

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
  const target = names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]));
  return { ...Object.fromEntries(target), ENVIRONMENT: 'local' };
}

/** The variables that COMPATIBLE_PROVIDERS names. A broken list is told by the check of all variables. */
function apiKeyVariables(json: string | undefined): string[] {
  const providers = compatibleProvidersSchema.safeParse(json);
  return (providers.data ?? []).flatMap(({ apiKeyVar }) => apiKeyVar ?? []);
}
