/** The place of a field in a request: `['messages', 2, 'content']`. Empty for the request itself. */
export type FieldPath = readonly (string | number)[];

/** One problem of a request. */
export interface ErrorIssue {
  readonly path: FieldPath;
  /** The problem and the fix, without the name of the field and without a full stop: `must be at most 2`. May end in `?`. */
  readonly message: string;
}

/** Formats a path as OpenAI writes `param`: `messages[2].content`. Other keys than identifiers are quoted: `["a b"]`. */
export function formatFieldPath(path: FieldPath): string {
  return path.map(formatKey).join('').replace(/^\./, '');
}

/** Composes the message of an error from its issues: `messages[2].content: must be a string.` */
export function describeIssues(issues: readonly ErrorIssue[]): string {
  return issues
    .map(({ path, message }) => `${path.length === 0 ? 'The body' : formatFieldPath(path)}: ${endSentence(message)}`)
    .join(' ');
}

/** Ends a sentence with a full stop, unless it is a question. */
function endSentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

function formatKey(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`;
  return /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
