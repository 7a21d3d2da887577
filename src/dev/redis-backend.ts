/** A command as it goes over the wire: its name, then its arguments. */
export type RedisCommand = readonly [name: string, ...parameters: string[]];

/** What one command of several gave: an error stands for that command alone. */
export type RedisOutcome = { readonly result: unknown } | { readonly error: string };

/** A refusal by Redis, its text as Redis words it (`WRONGTYPE …`). The same command fails the same way again. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
}

/** A Redis engine. Throws a RedisError for what Redis refuses, another Error where Redis does not answer. */
export interface RedisBackend {
  readonly run: (command: RedisCommand) => Promise<unknown>;
  /** MULTI … EXEC: nothing comes in between. Throws where a command is not known, and then none has run. */
  readonly runAtomically: (commands: readonly RedisCommand[]) => Promise<readonly RedisOutcome[]>;
  readonly close: () => Promise<void>;
}
