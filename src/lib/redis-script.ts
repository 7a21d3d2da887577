/** A Lua script with what it runs on. */
export interface RedisScript {
  readonly source: string;
  readonly keys: readonly string[];
  readonly values: readonly (string | number)[];
}

/** A script that travels with a round trip to Redis that is made anyway. */
export interface AttachedScript extends RedisScript {
  /** Receives what the script has returned; undefined where it has failed or Redis has not answered. Called once. */
  readonly onReply: (reply: unknown) => void;
}
