import * as z from 'zod';
import { listOf } from '../../lib/list-of.ts';

export { listOf };

/** A string, which stands for one text block, or a list of blocks. */
export function contentOf<T extends z.ZodType>(block: T, minLength = 0) {
  const many = minLength === 0 ? 'a list of blocks' : 'a list of at least one block';
  const list = listOf(block, `must be a string or ${many}`, minLength);
  return z.preprocess((value) => (typeof value === 'string' ? [{ type: 'text', text: value }] : value), list);
}
