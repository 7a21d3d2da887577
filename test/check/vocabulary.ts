/**
 * Counts the words that this project does not use (vocabulary-rules.ts) in the files under the working folder, and compares
 * the counts with test/check/vocabulary.json. Fails where a count has risen, and where it has fallen and the file does not
 * say so. A file that is not listed must have none.
 *
 *     node test/check/vocabulary.ts                   checks
 *     node test/check/vocabulary.ts src/lib           lists the uses under a path
 *     node test/check/vocabulary.ts --update          writes the counts that have fallen; refuses where one has risen
 *     node test/check/vocabulary.ts --update --force  writes all counts, for a merge or a file that is not there yet
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { findWordUses, replacementOf, type WordUse } from './vocabulary-rules.ts';

/** Uses of each word in each file. */
type Counts = Record<string, Record<string, number>>;

const roots = ['src', 'test', 'docs', 'README.md', 'CHANGELOG.md'];
const isCounted = (path: string) =>
  /\.(?:tsx?|md|py|go|sh|js)$/.test(path) && !path.startsWith('test/check/vocabulary');
const countsFile = 'test/check/vocabulary.json';
const updateCommand = 'node test/check/vocabulary.ts --update';

const { update, force, path } = parseArguments(process.argv.slice(2));
const uses = new Map(listFiles().map((file) => [file, findWordUses(file, readFileSync(file, 'utf8'))]));
if (path === undefined) process.exitCode = update ? updateCounts(force) : checkCounts();
else
  console.log(
    [...uses].flatMap(([file, inFile]) => (isUnder(file, path) ? describeUses(file, inFile) : [])).join('\n'),
  );

function parseArguments(values: readonly string[]) {
  const [option] = values.filter((value) => value.startsWith('--') && value !== '--update' && value !== '--force');
  if (option !== undefined) throw new Error(`There is no option ${option}: use --update, or --update --force.`);
  return {
    update: values.includes('--update'),
    force: values.includes('--force'),
    path: values.find((value) => !value.startsWith('--')),
  };
}

function listFiles(): string[] {
  const listed = roots.filter(existsSync).flatMap((root) => (root.includes('.') ? [root] : listFolder(root)));
  return listed.filter(isCounted).sort();
}

function listFolder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') return [];
    return entry.isDirectory() ? listFolder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`];
  });
}

function isUnder(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.replace(/\/*$/, '/'));
}

function checkCounts(): number {
  const allowed = readCounts();
  const rises = describeRises(allowed);
  const falls = describeFalls(allowed);
  if (rises.length > 0) {
    console.error(`Words that this project does not use (docs/contributing/naming.md):\n${rises.join('\n')}`);
  }
  if (falls.length > 0) console.error(`Fewer than ${countsFile} says: run \`${updateCommand}\`.\n${falls.join('\n')}`);
  return rises.length + falls.length > 0 ? 1 : 0;
}

function updateCounts(force: boolean): number {
  const rises = force ? [] : describeRises(readCounts());
  if (rises.length > 0) {
    console.error(`No number is raised: use the word on the right instead.\n${rises.join('\n')}`);
    return 1;
  }
  const counts: Counts = {};
  for (const [file, inFile] of uses) if (inFile.length > 0) counts[file] = countWords(inFile);
  writeFileSync(countsFile, `${JSON.stringify(counts, null, 2)}\n`);
  return 0;
}

function readCounts(): Counts {
  return existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : {};
}

function countWords(inFile: readonly WordUse[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { word } of inFile) counts[word] = (counts[word] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Every use of a word that a file has more often than it may: which of them is new cannot be known. */
function describeRises(allowed: Counts): string[] {
  return [...uses].flatMap(([file, inFile]) => {
    const counts = countWords(inFile);
    const risen = inFile.filter(({ word }) => (counts[word] ?? 0) > (allowed[file]?.[word] ?? 0));
    return describeUses(
      file,
      risen,
      (word) => ` (${counts[word]} in this file, ${allowed[file]?.[word] ?? 0} allowed)`,
    );
  });
}

function describeFalls(allowed: Counts): string[] {
  return Object.entries(allowed).flatMap(([file, words]) => {
    const counts = countWords(uses.get(file) ?? []);
    const fallen = Object.entries(words).filter(([word, count]) => (counts[word] ?? 0) < count);
    return fallen.map(([word, count]) => `  ${file}: "${word}" ${counts[word] ?? 0} instead of ${count}`);
  });
}

function describeUses(file: string, inFile: readonly WordUse[], remark: (word: string) => string = () => ''): string[] {
  return inFile.map(({ word, line }) => `  ${file}:${line}: "${word}" → ${replacementOf(word)}${remark(word)}`);
}
