/** A fenced block of code on a page of the documentation. */
export interface CodeBlock {
  /** The page and the line: `README.md:17`. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** The comment before it: `example`, `tested by` or `not run`, and what it names. Absent: the block runs unchanged. */
  readonly mark?: { readonly kind: string; readonly text: string };
  /** The JSON block that follows immediately: the output of the code. */
  readonly output?: string;
}

const runnableLanguages = /^(?:bash|sh|shell|javascript|js|typescript|ts|python|py|go|graphql)$/;
const fence =
  /(?:^ *<!-- (?<kind>example|tested by|not run): (?<text>[^\n]*?) -->\n\n?)?^(?<indent> *)```(?<language>\w+)\n(?<code>.*?)^ *```$/gms;

/** Finds the blocks of a page that are shell, JavaScript, Python, Go or GraphQL. Their indent is removed. */
export function findCodeBlocks({ path, text }: { readonly path: string; readonly text: string }): CodeBlock[] {
  return [...text.matchAll(fence)].flatMap((match) => {
    const { kind, text: named = '', indent = '', language = '', code = '' } = match.groups ?? {};
    if (!runnableLanguages.test(language)) return [];
    const fenceOffset = match.index + match[0].indexOf('```');
    const place = `${path}:${text.slice(0, fenceOffset).split('\n').length}`;
    const [, output] = /^\s*```json\n([^`]*)```/.exec(text.slice(match.index + match[0].length)) ?? [];
    const unindented = code.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const block = { place, language, code: unindented, ...(output !== undefined && { output }) };
    return [kind === undefined ? block : { ...block, mark: { kind, text: named } }];
  });
}
