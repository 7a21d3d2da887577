import { Redis } from 'ioredis';
import { type RedisBackend, type RedisCommand, RedisError } from './redis-backend.ts';

const connectTimeoutMs = 3_000;
const reconnectDelayMs = 500;

/**
 * Connects to a Redis server, by a `redis://` or `rediss://` URL. Throws if it cannot be reached, or requires another
 * password.
 */
export async function connectRedisServer(redisUrl: string): Promise<RedisBackend> {
  let isConnected = false;
  let connectionError: Error | undefined;
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    // One attempt at the start, so that a wrong URL fails at once. Later, it reconnects to a Redis that has restarted.
    retryStrategy: () => (isConnected ? reconnectDelayMs : null),
  });
  client.on('error', (error: Error) => {
    connectionError = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    client.disconnect();
    throw connectionError ?? error;
  }
  isConnected = true;
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
