import { readFileSync } from 'node:fs';
import { StartError } from '../dev/start-error.ts';

/** Reads a file, or the standard input for `-`. Throws a StartError for a file that cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new StartError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
