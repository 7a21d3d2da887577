const queue = { send: async () => undefined, sendBatch: async () => undefined };

/** The variables and bindings without which the Worker does not start. */
export const requiredVariables = {
  DATABASE_URL: 'postgres://user:password@host/name',
  UPSTASH_REDIS_REST_URL: 'https://redis.example.com',
  UPSTASH_REDIS_REST_TOKEN: 'token',
  JOBS_QUEUE: queue,
  JOBS_DEAD_LETTERS: queue,
  WEBHOOKS_QUEUE: queue,
  USAGE_QUEUE: queue,
};
