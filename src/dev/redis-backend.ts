/** A command as it is sent: its name, then its arguments. */
export type RedisCommand = readonly [name: string, ...parameters: string[]];

/** The outcome of one command of several. An error concerns that command alone. */
export type RedisOutcome = { readonly result: unknown } | { readonly error: string };

/** An error reply of Redis, with Redis's text (`WRONGTYPE …`). The same command fails the same way again. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
}

/** A Redis engine. Throws a RedisError for an error reply, another Error where Redis does not respond. */
export interface RedisBackend {
  readonly run: (command: RedisCommand) => Promise<unknown>;
  /** MULTI … EXEC: no other command runs in between. Throws for an unknown command, and then none has run. */
  readonly runAtomically: (commands: readonly RedisCommand[]) => Promise<readonly RedisOutcome[]>;
  readonly close: () => Promise<void>;
}
