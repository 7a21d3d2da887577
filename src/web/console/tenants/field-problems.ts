/** What is wrong with the fields of a form, by their paths: `limits.monthlyBudget`. The empty path is the form as a whole. */
export type FieldProblems = Readonly<Record<string, string>>;

const maxNameLength = 100;

/** Returns what is wrong with the name of a tenant or a key. */
export function checkName(name: string): FieldProblems {
  if (name === '') return { name: 'Give it a name.' };
  if (name.length > maxNameLength) return { name: `Use at most ${maxNameLength} characters.` };
  return {};
}

/**
 * Assigns the parts of an error message to the fields that it names: `name: must be a text. limits.monthlyBudget: …`. The message of an
 * error that names none of the fields belongs to the form as a whole.
 */
export function assignProblems(message: string, fields: readonly string[]): FieldProblems {
  const names = fields.map((field) => field.replaceAll('.', String.raw`\.`)).join('|');
  const pattern = new RegExp(String.raw`(?:^|(?<=[.?] ))(${names})(?:\[\d+\])?: `, 'g');
  const matches = [...message.matchAll(pattern)];
  const [first] = matches;
  if (first?.index !== 0) return { '': message };
  const problems: Record<string, string> = {};
  for (const [index, match] of matches.entries()) {
    const [prefix, field = ''] = match;
    const text = message.slice(match.index + prefix.length, matches[index + 1]?.index).trim();
    problems[field] ??= text.charAt(0).toUpperCase() + text.slice(1);
  }
  return problems;
}
