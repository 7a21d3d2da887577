import type { Redis } from '@upstash/redis/cloudflare';
import type { AttachedScript, RedisScript } from '../lib/redis-script.ts';

/** Runs one script, by itself where none is attached. Resolves and rejects as `runScripts` does. */
export async function runScript(redis: Redis, script: RedisScript, attached?: AttachedScript): Promise<unknown> {
  const { source, keys, values } = script;
  if (!attached) return await redis.eval<unknown[], unknown>(source, [...keys], [...values]);
  const [reply] = await runScripts(redis, [script], attached);
  return reply;
}

/**
 * Runs scripts in one round trip, and with them one that is attached. Resolves with what the scripts return, in their order. Rejects
 * where Redis does not answer or one of them fails. If only the attached one fails, the others have not.
 */
export async function runScripts(
  redis: Redis,
  scripts: readonly RedisScript[],
  attached?: AttachedScript,
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const { source, keys, values } of attached ? [...scripts, attached] : scripts) {
    pipeline.eval(source, [...keys], [...values]);
  }
  let attachedReply: unknown;
  try {
    const outcomes = await pipeline.exec<unknown[]>({ keepErrors: true });
    attachedReply = outcomes[scripts.length]?.result;
    return scripts.map((_, index) => {
      const { error, result } = outcomes[index] ?? { error: 'Redis has not answered all commands' };
      if (error !== undefined) throw new Error(error);
      return result;
    });
  } finally {
    attached?.onReply(attachedReply);
  }
}
