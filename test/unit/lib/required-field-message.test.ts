import { expect, it } from 'vitest';
import * as z from 'zod';
import { parseWithSchema } from '../../../src/lib/parse-with-schema.ts';

const schema = z.object({
  number: z.number().min(0).max(2).optional(),
  count: z.int().min(1).optional(),
  positive: z.number().positive().optional(),
  text: z.string().min(1).max(3).optional(),
  flag: z.boolean().optional(),
  list: z.array(z.string()).max(1).optional(),
  object: z.object({ inner: z.string() }).optional(),
  choice: z.enum(['a', 'b']).optional(),
  own: z.number({ error: 'must be seven' }).optional(),
});

it.each([
  [{ number: '1' }, 'number: must be a number.'],
  [{ number: 3 }, 'number: must be at most 2.'],
  [{ number: -1 }, 'number: must be at least 0.'],
  [{ count: 1.5 }, 'count: must be a whole number.'],
  [{ positive: 0 }, 'positive: must be more than 0.'],
  [{ text: 5 }, 'text: must be a string.'],
  [{ text: '' }, 'text: must have at least 1 character.'],
  [{ text: 'long' }, 'text: must have at most 3 characters.'],
  [{ flag: 'yes' }, 'flag: must be true or false.'],
  [{ list: {} }, 'list: must be a list.'],
  [{ list: ['a', 'b'] }, 'list: must have at most 1 entry.'],
  [{ object: [] }, 'object: must be an object.'],
  [{ object: {} }, 'object.inner: is missing.'],
  [{ choice: 'c' }, 'choice: must be a or b.'],
  [{ own: 'x' }, 'own: must be seven.'],
])('says of %j what is wrong and what it must be', (value, message) => {
  expect(() => parseWithSchema(value, schema)).toThrow(message);
});
