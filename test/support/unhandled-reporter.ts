import { writeFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** Reports errors outside of tests in the file that UNHANDLED_ERRORS_FILE names. */
export default class UnhandledReporter implements Reporter {
  onTestRunEnd(_files: unknown, errors: readonly unknown[]): void {
    const { UNHANDLED_ERRORS_FILE: file } = process.env;
    if (file && errors.length > 0) writeFileSync(file, String(errors.length));
  }
}
