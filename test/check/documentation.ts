/**
 * Fails if a page of the documentation has a dead link, names a command, variable, header or code that does not exist, or shows
 * code that differs from its example.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { variableNames } from '../../src/env.ts';
import { findDocumentationFaults, findHiddenExamples } from './documentation-rules.ts';

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
const paths = listed.split('\n').filter((path) => path !== '');
const files = new Set(paths.flatMap((path) => [path, ...listFolders(path)]));
const read = (path: string) => ({ path, text: readFileSync(path, 'utf8') });
// The CHANGELOG names what is gone, and decisions what was tried.
const isPage = (path: string) => path.endsWith('.md') && !/^(?:CHANGELOG\.md|docs\/decisions\/)/.test(path);
const isSource = (path: string) =>
  /^(?:src|test)\/.*\.(?:tsx?|json|graphql)$|^(?:package|biome)\.json$|^wrangler\.toml$/.test(path);

const pages = paths.filter(isPage).map(read);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const names = {
  files,
  scripts: new Set(Object.keys(scripts)),
  examples: new Map(
    paths.filter((path) => path.startsWith('docs/examples/clients/')).map((path) => [path, read(path).text]),
  ),
  words: new Set([
    ...variableNames,
    ...paths.filter(isSource).flatMap((path) => read(path).text.match(/[\w-]+/g) ?? []),
  ]),
};
const faults = [
  ...pages.flatMap((page) => findDocumentationFaults(page, pages, names)),
  ...findHiddenExamples(pages, names),
];
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}

function listFolders(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...listFolders(folder)];
}
