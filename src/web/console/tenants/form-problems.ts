import { parseFieldProblems } from '../app/parse-field-problems.ts';

/** What is wrong with the fields of a form, by their paths: `limits.monthlyBudget`. The empty path is the form as a whole. */
export type FormProblems = Readonly<Record<string, string>>;

const maxNameLength = 100;

/** Returns what is wrong with the name of a tenant or a key. */
export function checkName(name: string): FormProblems {
  if (name === '') return { name: 'Give it a name.' };
  if (name.length > maxNameLength) return { name: `Use at most ${maxNameLength} characters.` };
  return {};
}

/** Assigns the parts of an error message to the fields that it names. What names no field belongs to the form as a whole. */
export function assignProblems(message: string, fields: readonly string[]): FormProblems {
  const { fields: problems, rest } = parseFieldProblems(message, fields);
  const entries = [...problems].map(([field, problem]) => [field, problem.charAt(0).toUpperCase() + problem.slice(1)]);
  return { ...Object.fromEntries(entries), ...(rest !== undefined && { '': rest }) };
}
