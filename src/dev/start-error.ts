/** An error that the user can fix. Its message is the one sentence that is printed. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Prints why the command cannot go on, and sets the exit code 1: the message of a StartError, all of any other error.
 */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  console.error(error instanceof StartError ? error.message : error);
}
