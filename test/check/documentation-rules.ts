import { posix } from 'node:path';

/** A Markdown page. */
export interface Page {
  /** From the root of the project: `docs/guides/jobs.md`. */
  readonly path: string;
  readonly text: string;
}

/** What pages may name. */
export interface KnownNames {
  readonly files: ReadonlySet<string>;
  /** Names of scripts in package.json. */
  readonly scripts: ReadonlySet<string>;
  /** Texts of the programs that pages show, by their paths. */
  readonly examples: ReadonlyMap<string, string>;
  /** Words of all source files, of letters, digits, `_` and `-`. */
  readonly words: ReadonlySet<string>;
}

/** Names that stand for the reader's own, and names of other programs' variables. */
const placeholders = /^(?:pg_|YOUR_|.*_ID$|.*_API_KEY$|ANTHROPIC_|OPENAI_|GOOGLE_|CLAUDE_CODE_|OTHER_)/;

/**
 * Returns one line for each fault of a page: dead links, commands, variables, headers and codes that do not exist, and code
 * that differs from the example it shows.
 */
export function findDocumentationFaults(page: Page, pages: readonly Page[], names: KnownNames): string[] {
  return [
    ...findDeadLinks(page, pages, names.files),
    ...findUnknownScripts(page, names.scripts),
    ...findUnknownNames(page, names.words),
    ...findStaleExamples(page, names.examples),
  ].map((fault) => `${page.path}: ${fault}`);
}

function findDeadLinks({ path, text }: Page, pages: readonly Page[], files: ReadonlySet<string>): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '');
    if (!files.has(target)) return [`the link ${link} leads to no file`];
    const linked = pages.find((page) => page.path === target);
    if (anchor === undefined || linked === undefined || listAnchors(linked.text).has(anchor)) return [];
    return [`the link ${link} leads to no heading`];
  });
}

const exampleFence = /^<!-- example: (\S+) -->\n+```\w*\n(.*?)^```$/gms;

/** A code block below `<!-- example: ../examples/clients/openai.ts -->` has the text of that file. */
function findStaleExamples({ path, text }: Page, examples: KnownNames['examples']): string[] {
  const comments = text.match(/<!-- example:/g) ?? [];
  const shown = [...text.matchAll(exampleFence)];
  const faults = shown.flatMap(([, link = '', code]) => {
    const example = examples.get(posix.normalize(posix.join(posix.dirname(path), link)));
    if (example === undefined) return [`the example ${link} does not exist`];
    return example === code ? [] : [`the code below the example ${link} is not the text of that file`];
  });
  return shown.length < comments.length ? [...faults, 'an example comment has no code block below it'] : faults;
}

/** Returns one line for each client program that no page shows. */
export function findHiddenExamples(pages: readonly Page[], { examples }: Pick<KnownNames, 'examples'>): string[] {
  const shown = new Set(
    pages.flatMap(({ path, text }) =>
      [...text.matchAll(exampleFence)].map(([, link = '']) => posix.normalize(posix.join(posix.dirname(path), link))),
    ),
  );
  return [...examples.keys()].flatMap((path) => (shown.has(path) ? [] : [`${path}: no page shows it`]));
}

/** Anchors of headings, as GitHub makes them. */
function listAnchors(text: string): ReadonlySet<string> {
  const headings = withoutFences(text).matchAll(/^#+ (.+)$/gm);
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
  return new Set([...headings].map(([, heading = '']) => slug(heading)));
}

function findUnknownScripts({ text }: Page, scripts: ReadonlySet<string>): string[] {
  return [...text.matchAll(/\bnpm run (?:-s )?([a-z][a-z:-]*[a-z])/g)].flatMap(([, script = '']) =>
    scripts.has(script) ? [] : [`package.json has no script ${script}`],
  );
}

/** Variables (`LOG_LEVEL`), headers (`x-request-id`), and codes and fields (`rate_limited`) in inline code. */
function findUnknownNames({ text }: Page, words: ReadonlySet<string>): string[] {
  const names = [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) =>
    [
      ...code.matchAll(
        /(?<![\w./-])(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|x-[a-z]+(?:-[a-z]+)+|[a-z]+(?:_[a-z]+)+)(?![\w./-])/g,
      ),
    ].map(([name]) => name),
  );
  return [...new Set(names)].flatMap((name) =>
    placeholders.test(name) || words.has(name) ? [] : [`${name} does not occur in the code`],
  );
}

function withoutFences(text: string): string {
  return text.replaceAll(/^( *)```.*?^\1```/gms, '');
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/`[^`\n]*`/g, '');
}
