import { isSentError } from './provider-error.ts';

/**
 * Reads each item of a stream in order. With `skipsUnreadable`, an item that cannot be read is left out, and the rest is read all
 * the same; an error that the provider sent is thrown in both cases.
 */
export function readEach<T>(items: readonly T[], read: (item: T) => void, skipsUnreadable: boolean): void {
  for (const item of items) {
    try {
      read(item);
    } catch (error) {
      if (!skipsUnreadable || isSentError(error)) throw error;
    }
  }
}
