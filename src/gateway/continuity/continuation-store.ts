import { Breaker } from '../../limits/breaker.ts';

/** The commands of Redis that the store uses. */
interface RedisCommands {
  mget(...keys: string[]): Promise<unknown[]>;
  set(key: string, value: string, options: { ex: number }): Promise<unknown>;
}

const lifetimeSeconds = 86_400;
const maxValueLength = 16 * 1024;

/**
 * Keeps opaque values by tenant and tool call id for 24 hours, for clients that send back nothing but the id. A value of more
 * than 16 KiB is not kept. While Redis is away nothing is kept and nothing found: no method rejects.
 */
export class ContinuationStore {
  readonly #redis: RedisCommands;
  readonly #breaker: Breaker;

  constructor(redis: RedisCommands, now: () => number) {
    this.#redis = redis;
    this.#breaker = new Breaker(now);
  }

  /** Finds the values of tool calls, by their ids. */
  async find(tenantId: string, toolCallIds: readonly string[]): Promise<Map<string, string>> {
    if (toolCallIds.length === 0) return new Map();
    const keys = toolCallIds.map((id) => toKey(tenantId, id));
    const values = await this.#breaker.run(() => this.#redis.mget(...keys)).catch(() => []);
    return new Map(
      toolCallIds.flatMap((id, index) => (typeof values[index] === 'string' ? [[id, values[index]]] : [])),
    );
  }

  /** Keeps the value of a tool call. */
  async save(tenantId: string, toolCallId: string, value: string): Promise<void> {
    if (value.length > maxValueLength) return;
    const key = toKey(tenantId, toolCallId);
    await this.#breaker.run(() => this.#redis.set(key, value, { ex: lifetimeSeconds })).catch(() => undefined);
  }
}

function toKey(tenantId: string, toolCallId: string): string {
  return `continuation:{${tenantId}}:${toolCallId}`;
}
