import type { ErrorIssue } from '../../domain/error-issue.ts';
import { mapErrorIssues } from '../../domain/errors.ts';

/**
 * Maps what a provider cannot express to the fields of a client that sends `functions` in place of `tools`. Returns
 * errors that name no field as they are.
 */
export function mapOpenAiFunctionsError(thrown: unknown): unknown {
  return mapErrorIssues(thrown, mapIssue);
}

function mapIssue(issue: ErrorIssue): ErrorIssue {
  const [field, ...rest] = issue.path;
  switch (field) {
    // The client has no such field: at most one call at a time is what `functions` mean.
    case 'parallel_tool_calls':
      return {
        path: ['functions'],
        message: "this model's provider cannot be held to one call at a time. Send tools instead",
      };
    case 'tool_choice':
      return { ...issue, path: ['function_call', ...rest] };
    case 'tools':
      return { ...issue, path: ['functions', ...rest] };
    default:
      return issue;
  }
}
