import type * as z from 'zod';

/** The units of a length, for one and for more. */
const units: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** The messages of `safeParse` where a schema has none of its own: `is missing`, `must be a number`, `must be at most 2`. */
export const requiredFieldMessage = {
  error: describeIssue,
} as const satisfies z.core.ParseContext<z.core.$ZodIssue>;

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type': {
      const name = typeNames[issue.expected];
      return name && `must be ${name}`;
    }
    case 'too_big':
      return `must ${describeBound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'too_small':
      return `must ${describeBound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => String(value)).join(' or ')}`;
    default:
      return undefined;
  }
}

function describeBound(origin: string, relation: string, bound: number | bigint): string {
  const [one, more] = units[origin] ?? [];
  if (one === undefined) return `be ${relation} ${bound}`;
  return `have ${relation} ${bound} ${Number(bound) === 1 ? one : more}`;
}
