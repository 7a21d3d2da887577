/** What an error of the gateway says about single fields of a form, and about the rest. */
export interface FieldProblems {
  /** By the paths of the fields. */
  readonly fields: ReadonlyMap<string, string>;
  /** What names no field of the form. */
  readonly rest: string | undefined;
}

export const noProblems: FieldProblems = { fields: new Map(), rest: undefined };

/** A variable that does not fit its GraphQL type: `Variable "$input" has an invalid value at input.name: …`. */
const variablePrefix = /^Variable "\$\w+" has an invalid value at (?:input\.)?([\w.[\]]+): /;

/**
 * Splits the message of an error such as `name: must be short. targets[1].weight: must be a whole number from 1 to 1000.` A path below a
 * field is a problem of that field.
 */
export function parseFieldProblems(message: string, fieldPaths: readonly string[]): FieldProblems {
  const roots = new Set(fieldPaths.map((path) => path.replace(/[.[].*$/, '')));
  const pattern = new RegExp(
    String.raw`(?<=^|[.?] )((?:${[...roots].join('|')})(?:\.[\w$]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*): `,
    'g',
  );
  const text = message.replace(variablePrefix, '$1: ');
  const matches = [...text.matchAll(pattern)];
  const rest = [text.slice(0, matches[0]?.index).trim()];
  const fields = new Map<string, string>();
  for (const [index, match] of matches.entries()) {
    const [prefix, path = ''] = match;
    const problem = text.slice(match.index + prefix.length, matches[index + 1]?.index).trim();
    const field = findField(path, fieldPaths);
    if (field === undefined) rest.push(`${path}: ${problem}`);
    else fields.set(field, joinTexts(fields.get(field), describeInner(path.slice(field.length), problem)));
  }
  return { fields, rest: rest.filter((part) => part !== '').join(' ') || undefined };
}

/** Finds the longest of the paths that a path is below, or equal to. */
function findField(path: string, fieldPaths: readonly string[]): string | undefined {
  const isBelow = (field: string) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
  return fieldPaths.filter(isBelow).toSorted((left, right) => right.length - left.length)[0];
}

function describeInner(innerPath: string, problem: string): string {
  return innerPath === '' ? problem : `${innerPath.replace(/^\./, '')}: ${problem}`;
}

function joinTexts(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first} ${second}`;
}
