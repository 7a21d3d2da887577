import { describe, expect, test } from 'vitest';
import { ConfigurationError, checkVariables, getOperatorWebhook, parseEnv } from '../../src/env.ts';

const good = {
  DATABASE_URL: 'postgres://user:password@host/name?sslmode=disable',
  UPSTASH_REDIS_REST_URL: 'https://redis.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'token',
};
const queue = { send: async () => undefined, sendBatch: async () => undefined };
const bindings = { JOBS_QUEUE: queue, JOBS_DEAD_LETTERS: queue, WEBHOOKS_QUEUE: queue, USAGE_QUEUE: queue };

test('an unset or empty variable has its default', () => {
  const env = parseEnv({ ...good, OPENAI_API_KEY: '', LOG_LEVEL: '', ...bindings });
  expect(env).toMatchObject({
    ENVIRONMENT: 'deployed',
    LOG_LEVEL: 'info',
    FIRST_BYTE_TIMEOUT_MS: 60_000,
    CHUNK_TIMEOUT_MS: 60_000,
    TOTAL_TIMEOUT_MS: 600_000,
    COMPATIBLE_PROVIDERS: [],
  });
  expect(env.providerVariables.OPENAI_API_KEY).toBeUndefined();
});

test('a compatible provider brings the key that it names', () => {
  const providers = JSON.stringify([{ name: 'groq', baseUrl: 'https://groq.example.com/v1', apiKeyVar: 'GROQ_KEY' }]);
  const env = parseEnv({ ...good, ...bindings, COMPATIBLE_PROVIDERS: providers, GROQ_KEY: 'secret' });
  expect(env.providerVariables).toEqual({ GROQ_KEY: 'secret' });
  expect(env.COMPATIBLE_PROVIDERS).toEqual([
    { name: 'groq', baseUrl: 'https://groq.example.com/v1', apiKeyVar: 'GROQ_KEY', models: [] },
  ]);
});

describe('a bad value is told in one sentence that names the variable and keeps the value to itself', () => {
  const compatible = (entry: object) => JSON.stringify([{ name: 'p', baseUrl: 'https://p.example.com', ...entry }]);
  const milliseconds = 'whole number of milliseconds';
  const object = 'COMPATIBLE_PROVIDERS.0 must be an object of name, baseUrl, apiKeyVar, models,';
  test.each([
    ['DATABASE_URL', 'mysql://canary', 'must be a postgres:// URL'],
    ['DATABASE_URL', 'canary', 'must be a postgres:// URL'],
    ['DATABASE_URL', undefined, 'must be set'],
    ['DATABASE_URL', 'postgres://canary/name', 'must be a postgres:// URL with a user, a host and a database'],
    ['DATABASE_URL', 'postgres://canary@host', 'must be a postgres:// URL with a user, a host and a database'],
    ['DATABASE_HTTP_URL', 'canary', 'must be an http or https URL'],
    ['UPSTASH_REDIS_REST_URL', 'canary', 'must be an http or https URL'],
    ['UPSTASH_REDIS_REST_TOKEN', undefined, 'must be set'],
    ['OPENAI_API_KEY', 'sk canary', 'must be printable ASCII'],
    ['OPENAI_API_KEY', 'ключ-canary', 'must be printable ASCII'],
    ['ANTHROPIC_API_KEY', 'canary\u0000', 'must be printable ASCII'],
    ['OPENAI_BASE_URL', 'canary', 'must be an http or https URL'],
    ['ANTHROPIC_BASE_URL', 'file:///canary', 'must be an http or https URL'],
    ['OLLAMA_URL', 'ftp://canary', 'must be an http or https URL'],
    ['ENVIRONMENT', 'canary', 'must be local or deployed'],
    ['ENCRYPTION_KEY', 'canary', 'must be 32 bytes in base64'],
    ['ENCRYPTION_KEY', btoa('canary'.repeat(5)), 'must be 32 bytes in base64'],
    ['LOG_LEVEL', 'canary', 'must be debug, info, warn or error'],
    ['DEFAULT_PROVIDER', 'canary', 'must be one of openai, claude, anthropic, ollama, stub'],
    ['DEFAULT_MODEL', 'canary'.repeat(50), 'must be 1 to 256 printable ASCII characters'],
    ['FIRST_BYTE_TIMEOUT_MS', 'canary', milliseconds],
    ['FIRST_BYTE_TIMEOUT_MS', '-1.5', milliseconds],
    ['CHUNK_TIMEOUT_MS', '0', milliseconds],
    ['CHUNK_TIMEOUT_MS', 'Infinity', milliseconds],
    ['TOTAL_TIMEOUT_MS', '1.5', milliseconds],
    ['TOTAL_TIMEOUT_MS', '2147483648', milliseconds],
    ['CORS_ORIGINS', 'https://canary/path', 'must be a comma-separated list of origins'],
    ['CORS_ORIGINS', 'canary', 'must be a comma-separated list of origins'],
    ['COMPATIBLE_PROVIDERS', '{canary', 'must be a JSON list'],
    ['COMPATIBLE_PROVIDERS', '{"canary":1}', 'must be a JSON list'],
    ['COMPATIBLE_PROVIDERS', '["canary"]', object],
    ['COMPATIBLE_PROVIDERS', compatible({ canary: 1 }), object],
    ['COMPATIBLE_PROVIDERS', compatible({ apiKey: 'canary' }), object],
    ['COMPATIBLE_PROVIDERS', compatible({ name: 'openai' }), '0.name must not be one of openai, claude'],
    ['COMPATIBLE_PROVIDERS', compatible({ name: 'Canary' }), '0.name must be lower-case'],
    ['COMPATIBLE_PROVIDERS', compatible({ name: undefined }), '0.name must be a string'],
    ['COMPATIBLE_PROVIDERS', compatible({ baseUrl: 'canary' }), '0.baseUrl must be an http or https URL'],
    ['COMPATIBLE_PROVIDERS', compatible({ apiKeyVar: 'gsk_canary' }), '0.apiKeyVar must be the name of a variable'],
    ['COMPATIBLE_PROVIDERS', compatible({ models: 'canary' }), '0.models must be a list of strings'],
    ['COMPATIBLE_PROVIDERS', compatible({ models: ['a', 'canary\n'] }), '0.models.1 must be 1 to 256 printable'],
    ['COMPATIBLE_PROVIDERS', compatible({ requiresDone: 'canary' }), '0.requiresDone must be true or false'],
    ['COMPATIBLE_PROVIDERS', compatible({ apiKeyVar: 'P_KEY' }), 'P_KEY must be set'],
    ['COMPATIBLE_PROVIDERS', compatible({}).replace(/\[(.*)\]/, '[$1,$1]'), 'must not name a provider twice'],
  ])('%s: %s', (name, value, words) => {
    const message = refusal({ ...good, ...bindings, [name]: value });
    expect(message).toContain(name);
    expect(message).toContain(words);
    expect(message).not.toContain(';');
    expect(message).not.toMatch(/canary/i);
  });

  test('a key of a compatible provider that no header takes', () => {
    const providers = compatible({ apiKeyVar: 'P_KEY' });
    const message = refusal({ ...good, ...bindings, COMPATIBLE_PROVIDERS: providers, P_KEY: 'ca nary' });
    expect(message).toMatch(/^P_KEY must be printable ASCII/);
  });

  test.each(Object.keys(bindings))('a binding %s that is missing', (name) => {
    expect(refusal({ ...good, ...bindings, [name]: undefined })).toBe(`${name} must be bound to a queue`);
  });

  test('several invalid values are reported at once', () => {
    expect(refusal({ ...good, LOG_LEVEL: 'x', OLLAMA_URL: 'x' })).toBe(
      'OLLAMA_URL must be an http or https URL; LOG_LEVEL must be debug, info, warn or error',
    );
  });
});

test('variables other than those of Postgres and Redis can be checked before both run', () => {
  expect(() => checkVariables({ OLLAMA_URL: 'http://localhost:11434' })).not.toThrow();
  expect(() => checkVariables({ DEFAULT_PROVIDER: 'nobody' })).toThrow(ConfigurationError);
});

describe('the webhook for alerts', () => {
  const alertSecret = `whsec_${btoa('s'.repeat(32))}`;
  const parse = (variables: Readonly<Record<string, string>>) => parseEnv({ ...good, ...bindings, ...variables });
  const url = 'https://hooks.example.com/operator';

  test('is the URL with its secret; the secret alone, which is set first, is allowed', () => {
    expect(getOperatorWebhook(parse({ ALERT_WEBHOOK_URL: `${url}\n`, ALERT_WEBHOOK_SECRET: alertSecret }))).toEqual({
      url,
      secret: alertSecret,
    });
    expect(getOperatorWebhook(parse({ ALERT_WEBHOOK_SECRET: alertSecret }))).toBeUndefined();
    expect(getOperatorWebhook(parse({}))).toBeUndefined();
  });

  test("may be on loopback on a developer's machine only", () => {
    const variables = { ALERT_WEBHOOK_URL: 'http://localhost:3000/', ALERT_WEBHOOK_SECRET: alertSecret };
    expect(getOperatorWebhook(parse({ ...variables, ENVIRONMENT: 'local' }))?.url).toBe('http://localhost:3000/');
    expect(refusal({ ...good, ...bindings, ...variables })).toBe('ALERT_WEBHOOK_URL must be an absolute https:// URL');
  });

  test.each([
    [
      { ALERT_WEBHOOK_URL: url },
      'ALERT_WEBHOOK_SECRET must be set with ALERT_WEBHOOK_URL: it must be whsec_ and 24 to',
    ],
    [{ ALERT_WEBHOOK_URL: 'canary' }, 'ALERT_WEBHOOK_URL must be an absolute https:// URL'],
    [{ ALERT_WEBHOOK_URL: 'https://canary@example.com/' }, 'ALERT_WEBHOOK_URL must not contain a user name'],
    [{ ALERT_WEBHOOK_URL: 'https://10.0.0.1/canary' }, 'ALERT_WEBHOOK_URL must have a host on the public Internet'],
    [{ ALERT_WEBHOOK_SECRET: 'canary' }, 'ALERT_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64'],
    [{ ALERT_WEBHOOK_SECRET: `whsec_${btoa('canary')}` }, 'ALERT_WEBHOOK_SECRET must be whsec_'],
    [{ ALERT_WEBHOOK_SECRET: `whsec_${btoa('canary'.repeat(11))}` }, 'ALERT_WEBHOOK_SECRET must be whsec_'],
    [{ ALERT_WEBHOOK_SECRET: `whsec_${btoa('canary'.repeat(5)).slice(0, -1)}` }, 'ALERT_WEBHOOK_SECRET must be whsec_'],
  ])('is refused: %j', (variables, message) => {
    const refused = refusal({ ...good, ...bindings, ...variables });
    expect(refused).toContain(message);
    expect(refused).not.toMatch(/canary/i);
    expect(() => checkVariables(variables as Record<string, string>)).toThrow(message);
  });
});

test('white space that a secret store adds to a key is removed', () => {
  const { providerVariables } = parseEnv({ ...good, ...bindings, OPENAI_API_KEY: 'sk-1\n' });
  expect(providerVariables.OPENAI_API_KEY).toBe('sk-1');
});

test('a number is accepted in place of its text', () => {
  expect(parseEnv({ ...good, ...bindings, CHUNK_TIMEOUT_MS: 5 }).CHUNK_TIMEOUT_MS).toBe(5);
});

/** Returns the error message of an invalid configuration. */
function refusal(raw: object): string {
  try {
    parseEnv(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('It was taken.');
}
