import { Redis } from 'ioredis';
import { type RedisBackend, type RedisCommand, RedisError } from './redis-backend.ts';

const connectTimeoutMs = 3_000;
const reconnectDelayMs = 500;

/** A real Redis, by a `redis://` or `rediss://` URL. Throws where it cannot be reached, or wants another password. */
export async function connectRedisServer(redisUrl: string): Promise<RedisBackend> {
  let connected = false;
  let failure: Error | undefined;
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    // One attempt at the start, so that a wrong URL is told at once; later a Redis that restarts is found again.
    retryStrategy: () => (connected ? reconnectDelayMs : null),
  });
  client.on('error', (error: Error) => {
    failure = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    client.disconnect();
    throw failure ?? error;
  }
  connected = true;
  return {
    run: (command) => run(client, command),
    runAtomically: (commands) => runAtomically(client, commands),
    close: async () => client.disconnect(),
  };
}

async function run(client: Redis, [name, ...parameters]: RedisCommand): Promise<unknown> {
  try {
    return await client.call(name, ...parameters);
  } catch (error) {
    throw toRedisError(error);
  }
}

async function runAtomically(client: Redis, commands: readonly RedisCommand[]) {
  const transaction = client.multi();
  for (const [name, ...parameters] of commands) transaction.call(name, ...parameters);
  try {
    const outcomes = (await transaction.exec()) ?? [];
    return outcomes.map(([error, result]) => (error === null ? { result } : { error: error.message }));
  } catch (error) {
    throw toRedisError(error);
  }
}

function toRedisError(error: unknown): unknown {
  return error instanceof Error && error.name === 'ReplyError' ? new RedisError(error.message) : error;
}
