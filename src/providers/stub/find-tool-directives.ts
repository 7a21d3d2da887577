/** A call of a tool that a prompt asks Stub for. */
export interface ToolDirective {
  readonly name: string;
  /** The arguments as JSON, where the prompt has them. */
  readonly argumentsJson: string | undefined;
}

const opening = '[[tool:';
const closing = ']]';

/** The most characters between the brackets. */
const maxDirectiveLength = 4096;

/**
 * Finds `[[tool:NAME]]` and `[[tool:NAME {"city":"Rome"}]]` in a text. What is neither, such as arguments that are not a JSON
 * object, is text. Takes time in proportion to the text's length.
 */
export function* findToolDirectives(text: string): Generator<ToolDirective> {
  let end = 0;
  for (let start = text.indexOf(opening); start >= 0; start = text.indexOf(opening, start + opening.length)) {
    const from = start + opening.length;
    if (end < from) end = text.indexOf(closing, from);
    if (end < 0) return;
    const directive = end - from > maxDirectiveLength ? undefined : parseDirective(text.slice(from, end));
    if (directive) yield directive;
  }
}

function parseDirective(content: string): ToolDirective | undefined {
  const brace = content.indexOf('{');
  const name = (brace < 0 ? content : content.slice(0, brace)).trim();
  if (name === '' || /[[\]]/.test(name)) return undefined;
  if (brace < 0) return { name, argumentsJson: undefined };
  const argumentsJson = content.slice(brace).trim();
  return isObjectText(argumentsJson) ? { name, argumentsJson } : undefined;
}

function isObjectText(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
