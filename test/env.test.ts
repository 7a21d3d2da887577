import { describe, expect, test } from 'vitest';
import { ConfigurationError, checkVariables, parseEnv } from '../src/env.ts';

const good = {
  DATABASE_URL: 'postgres://user:password@host/name?sslmode=disable',
  UPSTASH_REDIS_REST_URL: 'https://redis.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'token',
};
const queue = { send: async () => undefined };

test('what is not set has its default, and an empty value is an unset one', () => {
  const env = parseEnv({ ...good, OPENAI_API_KEY: '', LOG_LEVEL: '', USAGE_QUEUE: queue });
  expect(env).toMatchObject({
    ENVIRONMENT: 'deployed',
    LOG_LEVEL: 'info',
    FIRST_BYTE_TIMEOUT_MS: 60_000,
    CHUNK_TIMEOUT_MS: 60_000,
    TOTAL_TIMEOUT_MS: 600_000,
    COMPATIBLE_PROVIDERS: [],
  });
  expect(env.OPENAI_API_KEY).toBeUndefined();
});

test('a compatible provider brings the key that it names', () => {
  const providers = JSON.stringify([{ name: 'groq', baseUrl: 'https://groq.example.com/v1', apiKeyVar: 'GROQ_KEY' }]);
  const env = parseEnv({ ...good, USAGE_QUEUE: queue, COMPATIBLE_PROVIDERS: providers, GROQ_KEY: 'secret' });
  expect(env.secrets).toEqual({ GROQ_KEY: 'secret' });
  expect(env.COMPATIBLE_PROVIDERS).toEqual([
    expect.objectContaining({ name: 'groq', models: [], includeUsage: true, requiresDone: true }),
  ]);
});

describe('a bad value is told in a sentence that names the variable and keeps the value to itself', () => {
  const compatible = (entry: object) => JSON.stringify([{ name: 'p', baseUrl: 'https://p.example.com', ...entry }]);
  test.each([
    ['DATABASE_URL', 'mysql://canary', 'postgres://'],
    ['DATABASE_URL', undefined, 'postgres://'],
    ['UPSTASH_REDIS_REST_URL', 'canary', 'http'],
    ['UPSTASH_REDIS_REST_TOKEN', undefined, 'must be set'],
    ['OPENAI_BASE_URL', 'canary', 'http'],
    ['OLLAMA_URL', 'ftp://canary', 'http'],
    ['ENVIRONMENT', 'canary', 'local or deployed'],
    ['LOG_LEVEL', 'canary', 'debug, info, warn or error'],
    ['FIRST_BYTE_TIMEOUT_MS', 'canary', 'whole number of milliseconds'],
    ['CHUNK_TIMEOUT_MS', '0', 'whole number of milliseconds'],
    ['TOTAL_TIMEOUT_MS', '1.5', 'whole number of milliseconds'],
    ['CORS_ORIGINS', 'https://canary/path', 'origins'],
    ['COMPATIBLE_PROVIDERS', '{canary', 'JSON list'],
    ['COMPATIBLE_PROVIDERS', '{"canary":1}', 'JSON list'],
    ['COMPATIBLE_PROVIDERS', compatible({ name: 'openai' }), 'must not be one of'],
    ['COMPATIBLE_PROVIDERS', compatible({ baseUrl: 'canary' }), 'baseUrl must be an http'],
    ['COMPATIBLE_PROVIDERS', compatible({ canary: 1 }), 'COMPATIBLE_PROVIDERS.0'],
    ['COMPATIBLE_PROVIDERS', compatible({ apiKeyVar: 'P_KEY' }), 'P_KEY must be set'],
  ])('%s: %s', (name, value, message) => {
    const check = () => checkVariables({ ...good, [name]: value });
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(name);
    expect(check).toThrow(message);
  });

  test('a queue that is not bound', () => {
    expect(() => parseEnv(good)).toThrow('USAGE_QUEUE must be bound to a queue');
  });
});
