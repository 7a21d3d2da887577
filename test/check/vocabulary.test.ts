import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findWordUses } from './vocabulary-rules.ts';

const program = join(process.cwd(), 'test/check/vocabulary.ts');
const countsFile = 'test/check/vocabulary.json';

let tree = '';
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'vocabulary-'));
});
afterEach(() => rmSync(tree, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
}

const writeCounts = (counts: object) => write(countsFile, JSON.stringify(counts));
const readCounts = (): unknown => JSON.parse(readFileSync(join(tree, countsFile), 'utf8'));

function runCheck(...options: string[]): { failed: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    cwd: tree,
    encoding: 'utf8',
  });
  return { failed: status !== 0, output: stdout + stderr };
}

describe('the check', () => {
  it('rejects a banned word in a file that is not listed, and names the line and the replacement', () => {
    writeCounts({ 'src/lib/old.ts': { told: 1 } });
    write('src/lib/old.ts', 'export const told = 1;\n');
    write('src/lib/new.ts', '/** Adds. */\nexport const add = 1;\n\nconst told = add;\n');
    const { failed, output } = runCheck();
    expect(failed).toBe(true);
    expect(output).toContain('src/lib/new.ts:4: "told" → a noun: cached, existing');
    expect(output).not.toContain('src/lib/old.ts');
  });

  it('rejects a word that a listed file has more often than its count', () => {
    writeCounts({ 'docs/guide.md': { house: 1 } });
    write('docs/guide.md', 'The house route.\n\nThe house again.\n');
    const { failed, output } = runCheck();
    expect(failed).toBe(true);
    expect(output).toContain('docs/guide.md:3: "house" → native, or the gateway (2 in this file, 1 allowed)');
  });

  it('rejects a count that is higher than the uses, and says how to lower it', () => {
    writeCounts({ 'src/lib/old.ts': { told: 2 } });
    write('src/lib/old.ts', 'export const told = 1;\n');
    const { failed, output } = runCheck();
    expect(failed).toBe(true);
    expect(output).toContain('run `node test/check/vocabulary.ts --update`');
    expect(output).toContain('src/lib/old.ts: "told" 1 instead of 2');
  });

  it('rejects the count of a file that is gone', () => {
    writeCounts({ 'src/lib/gone.ts': { told: 1 } });
    expect(runCheck()).toMatchObject({ failed: true, output: expect.stringContaining('src/lib/gone.ts') });
  });

  it('accepts counts that match', () => {
    writeCounts({ 'README.md': { anew: 1 }, 'test/a.test.ts': { nobody: 1, told: 1 } });
    write('README.md', 'Begins anew.\n');
    write('test/a.test.ts', "it('tells nobody', () => told);\n");
    expect(runCheck()).toEqual({ failed: false, output: '' });
  });
});

describe('--update', () => {
  it('writes a count that has fallen and drops one that is 0', () => {
    writeCounts({ 'src/lib/a.ts': { asked: 1, told: 2 }, 'src/lib/b.ts': { told: 1 } });
    write('src/lib/a.ts', 'export const told = 1;\n');
    expect(runCheck('--update').failed).toBe(false);
    expect(readCounts()).toEqual({ 'src/lib/a.ts': { told: 1 } });
    expect(runCheck().failed).toBe(false);
  });

  it('refuses to raise a count and writes nothing', () => {
    const counts = { 'src/lib/a.ts': { told: 1 }, 'src/lib/b.ts': { told: 1 } };
    writeCounts(counts);
    write('src/lib/a.ts', 'export const told = 1;\nconst asked = told;\n');
    const { failed, output } = runCheck('--update');
    expect(failed).toBe(true);
    expect(output).toContain('src/lib/a.ts:2: "asked"');
    expect(readCounts()).toEqual(counts);
  });

  it('writes all counts with --force, where there is no file yet', () => {
    mkdirSync(join(tree, 'test/check'), { recursive: true });
    write('src/lib/a.ts', 'export const told = 1;\n');
    expect(runCheck().failed).toBe(true);
    expect(runCheck('--update', '--force').failed).toBe(false);
    expect(readCounts()).toEqual({ 'src/lib/a.ts': { told: 1 } });
  });
});

it('lists the uses under a path', () => {
  write('src/lib/a.ts', 'export const told = 1;\n');
  write('src/library/a.ts', 'export const told = 1;\n');
  expect(runCheck('src/lib').output).toMatch(/^ {2}src\/lib\/a\.ts:1: "told" → [^\n]*\n$/);
});

describe('findWordUses', () => {
  const findWords = (content: string, path = 'src/a.ts') => findWordUses(path, content).map(({ word }) => word);

  it.each([
    ['a comment', '/** For whoever reads. */', 'whoever'],
    ['the second line of a comment', '/**\n * Starts\n * anew.\n */', 'anew'],
    ['a phrase over two lines', "/**\n * The vendor's own\n * words.\n */", 'own words'],
    ['a string', "const title = 'a house route';", 'house'],
    ['a template', `const text = \`\${a} for nobody\`;`, 'nobody'],
    ['a template inside a template', `const text = \`\${\`\${{ a }} by somebody\`}\`;`, 'somebody'],
    ['an expression of a template that has braces', `const text = \`\${{ a }.a + held} b\`;`, 'held'],
    ['a part of a name', 'const isHouseRoute = 1;', 'house'],
    ['a variable', 'const asked = 1;', 'asked'],
    ['a private member', 'class A { #held = 1; }', 'held'],
    ['a type', 'interface Known {}', 'known'],
    ['a bound', 'const longestNameLength = 1;', 'most…'],
    ['a lower bound', 'const leastBytes = 1;', 'least…'],
    ['a former name', 'const flusher = 1;', 'flusher'],
    ['a former type', 'class BillWatch {}', 'BillWatch'],
    ['code after a regular expression with a quote', 'const a = /[\'"]/.test(b) ? made : 1;', 'made'],
  ])('finds a word in %s', (_, content, word) => {
    expect(findWords(content)).toEqual([word]);
  });

  it.each([
    ['participles in prose', '// What was asked is known.'],
    ['participles inside a name', 'const askedAtMs = isKnown;'],
    ['a string without a space, which may be a column', "const column = text('sealed');"],
    ['a regular expression', 'const pattern = /nobody|told/;'],
    ['a longer word', '// A household and a warehouse.'],
  ])('ignores %s', (_, content) => {
    expect(findWords(content)).toEqual([]);
  });

  it('reads Markdown as prose', () => {
    expect(findWordUses('README.md', '# Title\n\nCalls `told` for whatever comes.\n')).toEqual([
      { word: 'whatever', line: 3 },
    ]);
  });
});
