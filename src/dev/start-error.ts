/** Something that the person at the keyboard can put right. The message is the one sentence that they read. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Prints why the command cannot go on, and sets the exit code 1: a sentence for a StartError, all of a fault. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  console.error(error instanceof StartError ? error.message : error);
}
