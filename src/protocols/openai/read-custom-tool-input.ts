import { parseToolArguments } from '../../providers/parse-tool-arguments.ts';

/**
 * Returns the text of a custom tool's call: its one argument, under any name. Arguments that are cut off, or no object with one text,
 * are the text themselves.
 */
export function readCustomToolInput(argumentsJson: string): string {
  const values = Object.values(parseToolArguments(argumentsJson));
  const [value] = values;
  if (values.length === 0) return '';
  return values.length === 1 && typeof value === 'string' ? value : argumentsJson;
}
