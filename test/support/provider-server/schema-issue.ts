import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * Returns the issue that a vendor would report first: an unknown top-level field, otherwise the first issue. In a union, the
 * issue of the branch that matched most of the value.
 */
export function firstIssue(error: z.ZodError): Issue | undefined {
  const unknownAtTop = error.issues.find((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0);
  const issue = unknownAtTop ?? error.issues[0];
  return issue && descend(issue);
}

function descend(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  let furthest: Issue | undefined;
  for (const [nested] of issue.errors) {
    if (nested && distance(nested) > distance(furthest)) furthest = nested;
  }
  if (!furthest) return issue;
  return descend({ ...furthest, path: [...issue.path, ...furthest.path] });
}

function distance(issue: Issue | undefined): number {
  if (!issue) return 0;
  return issue.path.length * 2 + (issue.code === 'invalid_type' ? 0 : 1);
}

/** Returns the value of an issue, or undefined if it is missing. */
export function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
