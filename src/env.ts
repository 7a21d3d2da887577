import * as z from 'zod';
import { GatewayError } from './domain/errors.ts';
import type { ProviderNames } from './domain/find-provider.ts';
import type { Retention } from './domain/retention.ts';
import { type Route, toRoute } from './domain/route.ts';
import { findWebhookUrlProblem } from './lib/webhook-url.ts';
import { builtInProviders } from './providers/catalog.ts';
import type { RegistrySettings } from './providers/create-registry.ts';
import { compatibleProvidersSchema, reservedNames } from './providers/parse-compatible-providers.ts';
import { parseRouteFile } from './routing/parse-route.ts';

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const databaseUrl = z.string({ error: 'must be set' }).refine((value) => {
  const { protocol, username, hostname, pathname = '' } = URL.parse(value) ?? {};
  return /^postgres(ql)?:$/.test(protocol ?? '') && username && hostname && pathname.length > 1;
}, 'must be a postgres:// URL with a user, a host and a database');
const apiKey = z
  .string({ error: 'must be a string' })
  .trim()
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces, as an HTTP header takes it');
const milliseconds = z.coerce
  .number({ error: 'must be a whole number of milliseconds' })
  .refine((ms) => Number.isInteger(ms) && ms >= 1 && ms < 2 ** 31, {
    error: 'must be a whole number of milliseconds from 1 to 2147483647 (24 days)',
  });

const originsSchema = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine(
    (origins) => origins.every((origin) => origin === '*' || URL.parse(origin)?.origin === origin),
    'must be a comma-separated list of origins such as https://app.example.com, or *',
  );

const webhookSecretMessage =
  'must be whsec_ and 24 to 64 bytes in base64, as `echo whsec_$(openssl rand -base64 32)` makes them';

const optionalApiKey = apiKey.optional();
const optionalUrl = url.optional();

/** The variables that the built-in providers name: their API keys and base URLs. */
const providerVariablesShape: Readonly<Record<string, z.ZodType<string | undefined>>> = Object.fromEntries(
  builtInProviders.flatMap(({ apiKeyVariables, baseUrlVariable }) => [
    ...apiKeyVariables.map((name) => [name, optionalApiKey] as const),
    ...(baseUrlVariable === undefined ? [] : [[baseUrlVariable, optionalUrl] as const]),
  ]),
);

/** Every variable and secret that the Worker reads, by the name that it has outside. */
const variablesSchema = z.object({
  ENVIRONMENT: z.enum(['local', 'deployed'], { error: 'must be local or deployed' }).default('deployed'),
  DATABASE_URL: databaseUrl,
  DATABASE_HTTP_URL: url.optional(),
  UPSTASH_REDIS_REST_URL: url,
  UPSTASH_REDIS_REST_TOKEN: z.string({ error: 'must be set' }),
  ...providerVariablesShape,
  COMPATIBLE_PROVIDERS: compatibleProvidersSchema.default([]),
  DEFAULT_PROVIDER: z.string().optional(),
  DEFAULT_MODEL: z
    .string()
    .regex(/^[\x20-\x7e]{1,256}$/, 'must be 1 to 256 printable ASCII characters')
    .optional(),
  CORS_ORIGINS: originsSchema.optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
  FIRST_BYTE_TIMEOUT_MS: milliseconds.default(60_000),
  CHUNK_TIMEOUT_MS: milliseconds.default(60_000),
  TOTAL_TIMEOUT_MS: milliseconds.default(600_000),
  JOB_RETENTION_DAYS: z.coerce
    .number({ error: 'must be a whole number of days' })
    .refine((days) => Number.isInteger(days) && days >= 1 && days <= 3650, 'must be a whole number of days, 1 to 3650')
    .default(30),
  /** Of the request log. */
  LOG_RETENTION_DAYS: z.coerce
    .number({ error: 'must be a whole number of days' })
    .refine((days) => Number.isInteger(days) && days >= 1 && days <= 366, 'must be a whole number of days, 1 to 366')
    .default(30),
  /** 0: Responses are not stored. */
  RESPONSE_RETENTION_DAYS: z.coerce
    .number({ error: 'must be a whole number of days' })
    .refine((days) => Number.isInteger(days) && days >= 0 && days <= 3650, 'must be a whole number of days, 0 to 3650')
    .default(0),
  /** 0: no bodies of requests are kept. */
  BODY_RETENTION_DAYS: z.coerce
    .number({ error: 'must be a whole number of days' })
    .refine((days) => Number.isInteger(days) && days >= 0 && days <= 90, 'must be a whole number of days, 0 to 90')
    .default(7),
  MAX_PENDING_JOBS: z.coerce
    .number({ error: 'must be a whole number' })
    .refine(
      (count) => Number.isInteger(count) && count >= 1 && count <= 1_000_000,
      'must be a whole number, 1 to 1000000',
    )
    .default(10_000),
  /** Cloudflare allows an invocation 10,000 subrequests on the Paid plan, and 50 on the Free plan. */
  MAX_SUBREQUESTS: z.coerce
    .number({ error: 'must be a whole number' })
    .refine((count) => Number.isInteger(count) && count >= 50, 'must be a whole number from 50')
    .default(10_000),
  /** Encrypts the providers' keys that tenants bring. The key of opaque values is derived from it. */
  ENCRYPTION_KEY: z
    .string({ error: 'must be a string' })
    .trim()
    .regex(
      /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/,
      'must be 32 bytes in base64, as `openssl rand -base64 32` makes them',
    )
    .optional(),
  RATE_LIMIT_ON_FAILURE: z.enum(['local', 'refuse'], { error: 'must be local or refuse' }).default('local'),
  ENABLE_CONSOLE: z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .default(true),
  /** Where alerts to the operator go. Absent: there are none. */
  ALERT_WEBHOOK_URL: z.string({ error: 'must be a URL' }).trim().optional(),
  /** Signs them. Without the URL it has no effect, so that it can be set first. */
  ALERT_WEBHOOK_SECRET: z
    .string({ error: 'must be a string' })
    .trim()
    .refine(isWebhookSecret, webhookSecretMessage)
    .optional(),
  ENABLE_PLAYGROUND: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((value) => value === 'true')
    .optional(),
});

/** What says where Postgres and Redis are. */
const serviceNames = {
  DATABASE_URL: true,
  DATABASE_HTTP_URL: true,
  UPSTASH_REDIS_REST_URL: true,
  UPSTASH_REDIS_REST_TOKEN: true,
} as const;
const settingsSchema = variablesSchema.omit(serviceNames);

const queue = z.custom<QueueProducer>(
  (value) => typeof value === 'object' && value !== null,
  'must be bound to a queue',
);

const bindingsSchema = z.object({
  JOBS_QUEUE: queue,
  JOBS_DEAD_LETTERS: queue,
  WEBHOOKS_QUEUE: queue,
  USAGE_QUEUE: queue,
  /** Static assets: absent where the Worker is deployed without any. */
  ASSETS: z
    .custom<AssetFiles>((value) => typeof value === 'object' && value !== null, 'must be bound to static assets')
    .optional(),
});

/** The name of every variable that the Worker reads, but for those that COMPATIBLE_PROVIDERS names. */
export const variableNames: readonly string[] = Object.keys(variablesSchema.shape);

/** What the Worker uses of a queue that it puts messages on. */
interface QueueProducer {
  send(message: unknown): Promise<unknown>;
  sendBatch(messages: Iterable<{ body: unknown }>, options?: { delaySeconds: number }): Promise<unknown>;
}

/** What the Worker uses of its static assets. */
interface AssetFiles {
  fetch(url: URL, init: { headers: Headers }): Promise<Response>;
}

/**
 * The Worker's configuration, checked. `providerVariables` holds the providers' API keys and base URLs, by the names of their
 * variables: those of the built-in providers, and the keys that COMPATIBLE_PROVIDERS names.
 */
export type Env = z.infer<typeof variablesSchema> &
  z.infer<typeof bindingsSchema> & { readonly providerVariables: ProviderVariables };
type ProviderVariables = Readonly<Record<string, string | undefined>>;

/** A variable that is missing or wrong. The message names it and says what it should be, and never repeats its value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads the Worker's raw environment. Throws a ConfigurationError. */
export function parseEnv(raw: unknown): Env {
  const values = withoutEmpty(raw);
  const variables = read(variablesSchema, values);
  checkDefaultProvider(variables);
  checkAlertWebhook(variables);
  const bindings = read(bindingsSchema, values);
  return { ...variables, ...bindings, providerVariables: readProviderVariables(variables, values) };
}

/** Checks what can be checked before there are bindings, a Postgres and a Redis. Throws a ConfigurationError. */
export function checkVariables(raw: Readonly<Record<string, string | undefined>>): void {
  const values = withoutEmpty(raw);
  const settings = read(settingsSchema, values);
  checkDefaultProvider(settings);
  checkAlertWebhook(settings);
  readProviderVariables(settings, values);
}

/** Parses what the registry of providers is created from. Throws a ConfigurationError. */
export function parseRegistrySettings(raw: Readonly<Record<string, string | undefined>>): RegistrySettings {
  const values = withoutEmpty(raw);
  const settings = read(settingsSchema, values);
  return toRegistrySettings({ ...settings, providerVariables: readProviderVariables(settings, values) });
}

/** Returns what the registry of providers is created from. */
export function toRegistrySettings(
  env: Settings & { readonly providerVariables: ProviderVariables },
): RegistrySettings {
  return {
    variables: env.providerVariables,
    compatible: env.COMPATIBLE_PROVIDERS,
    defaultProvider: env.DEFAULT_PROVIDER,
    defaultModel: env.DEFAULT_MODEL,
    local: env.ENVIRONMENT === 'local',
  };
}

/**
 * Parses routes.json. `providers` undefined: any name of a provider is accepted. Throws a ConfigurationError that names the
 * place, for example `[2].targets[0].weight`.
 */
export function parseRoutesFile(json: unknown, providers: readonly ProviderNames[] | undefined): Route[] {
  try {
    return parseRouteFile(json, providers).map(({ name, tenantId = null, ...definition }) =>
      toRoute({ name, tenantId, version: 0 }, definition),
    );
  } catch (error) {
    throw error instanceof GatewayError ? new ConfigurationError(`routes.json: ${error.message}`) : error;
  }
}

/** Whether the GraphQL playground is there: as ENABLE_PLAYGROUND says, else only on a developer's machine. */
export function isPlaygroundOn({ ENABLE_PLAYGROUND, ENVIRONMENT }: Env): boolean {
  return ENABLE_PLAYGROUND ?? ENVIRONMENT === 'local';
}

/** Returns where alerts to the operator go; undefined where there are none. */
export function getOperatorWebhook({
  ALERT_WEBHOOK_URL: url,
  ALERT_WEBHOOK_SECRET: secret,
}: Pick<Settings, 'ALERT_WEBHOOK_URL' | 'ALERT_WEBHOOK_SECRET'>): { url: string; secret: string } | undefined {
  return url === undefined || secret === undefined ? undefined : { url, secret };
}

/** Returns for how many days data is stored. */
export function getRetention(settings: Settings): Retention {
  return {
    requestDays: settings.LOG_RETENTION_DAYS,
    bodyDays: settings.BODY_RETENTION_DAYS,
    responseDays: settings.RESPONSE_RETENTION_DAYS,
    jobDays: settings.JOB_RETENTION_DAYS,
  };
}

/** Returns the longest time that an attempt at a provider takes, but for a stream that goes on. */
export function getMaxAttemptMs({ TOTAL_TIMEOUT_MS, FIRST_BYTE_TIMEOUT_MS }: Settings): number {
  return Math.max(TOTAL_TIMEOUT_MS, FIRST_BYTE_TIMEOUT_MS);
}

function read<T extends z.ZodType>(schema: T, values: object): z.infer<T> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'environment'} ${message}`);
  throw new ConfigurationError(problems.join('; '));
}

type Settings = z.infer<typeof settingsSchema>;

function checkDefaultProvider({ DEFAULT_PROVIDER, COMPATIBLE_PROVIDERS }: Settings): void {
  const compatible = COMPATIBLE_PROVIDERS.map(({ name }) => name);
  const vendors = builtInProviders.flatMap(({ id, isOptional }) => (isOptional ? id : []));
  const names = [...new Set([...reservedNames, ...compatible, ...vendors])];
  if (DEFAULT_PROVIDER !== undefined && !names.includes(DEFAULT_PROVIDER)) {
    throw new ConfigurationError(`DEFAULT_PROVIDER must be one of ${names.join(', ')}`);
  }
}

function checkAlertWebhook({ ENVIRONMENT, ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRET }: Settings): void {
  if (ALERT_WEBHOOK_URL === undefined) return;
  const problem = findWebhookUrlProblem(ALERT_WEBHOOK_URL, { local: ENVIRONMENT === 'local' });
  if (problem !== undefined) throw new ConfigurationError(`ALERT_WEBHOOK_URL ${problem}`);
  if (ALERT_WEBHOOK_SECRET !== undefined) return;
  throw new ConfigurationError(`ALERT_WEBHOOK_SECRET must be set with ALERT_WEBHOOK_URL: it ${webhookSecretMessage}`);
}

function isWebhookSecret(value: string): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  if (base64 === undefined || base64.length % 4 !== 0) return false;
  const { length } = atob(base64);
  return length >= 24 && length <= 64;
}

function readProviderVariables(settings: Settings, values: Record<string, unknown>): ProviderVariables {
  const shape: Record<string, z.ZodType<string | undefined>> = { ...providerVariablesShape };
  for (const { name, apiKeyVar } of settings.COMPATIBLE_PROVIDERS) {
    if (apiKeyVar === undefined) continue;
    if (values[apiKeyVar] === undefined) {
      throw new ConfigurationError(`${apiKeyVar} must be set: COMPATIBLE_PROVIDERS names it as the API key of ${name}`);
    }
    shape[apiKeyVar] = apiKey;
  }
  return read(z.object(shape), values);
}

/** An empty value is an unset one. */
function withoutEmpty(raw: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw ?? {}).filter(([, value]) => value !== '' && value !== undefined));
}
