/**
 * Fails where a file under the working folder has a word that this project does not use (vocabulary-rules.ts), and names the line
 * and what to write instead.
 *
 *     node test/check/vocabulary.ts           checks all files
 *     node test/check/vocabulary.ts src/lib   checks those under a path
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findWordUses, replacementOf } from './vocabulary-rules.ts';

const roots = ['src', 'test', 'docs', 'README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
const isChecked = (path: string) =>
  /\.(?:tsx?|md|py|go|sh|js)$/.test(path) && !path.startsWith('test/check/vocabulary');

const [path = ''] = process.argv.slice(2);
const lines = listFiles().flatMap((file) => (isUnder(file, path) ? describeUses(file) : []));
if (lines.length > 0) {
  console.error(`Words that this project does not use (docs/contributing/naming.md):\n${lines.join('\n')}`);
  process.exitCode = 1;
}

function listFiles(): string[] {
  const listed = roots.filter(existsSync).flatMap((root) => (root.includes('.') ? [root] : listFolder(root)));
  return listed.filter(isChecked).sort();
}

function listFolder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') return [];
    return entry.isDirectory() ? listFolder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`];
  });
}

function isUnder(file: string, folder: string): boolean {
  return folder === '' || file === folder || file.startsWith(folder.replace(/\/*$/, '/'));
}

function describeUses(file: string): string[] {
  const uses = findWordUses(file, readFileSync(file, 'utf8'));
  return uses.map(({ word, line }) => `  ${file}:${line}: "${word}" → ${replacementOf(word)}`);
}
