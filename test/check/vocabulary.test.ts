import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findWordUses } from './vocabulary-rules.ts';

const program = join(process.cwd(), 'test/check/vocabulary.ts');

let tree = '';
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'vocabulary-'));
});
afterEach(() => rmSync(tree, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
}

function runCheck(...options: string[]): { failed: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    cwd: tree,
    encoding: 'utf8',
  });
  return { failed: status !== 0, output: stdout + stderr };
}

describe('the check', () => {
  it('rejects a word, and names the line and the replacement', () => {
    write('src/lib/new.ts', '/** Adds. */\nexport const add = 1;\n\nconst told = add;\n');
    write('docs/guide.md', 'The house route.\n');
    const { failed, output } = runCheck();
    expect(failed).toBe(true);
    expect(output).toContain('docs/guide.md:1: "house" → native, or the gateway\n');
    expect(output).toContain('src/lib/new.ts:4: "told" → a noun: cached, existing');
  });

  it('accepts files without such words', () => {
    write('README.md', 'Begins again.\n');
    write('src/lib/node_modules/a.ts', 'export const told = 1;\n');
    expect(runCheck()).toEqual({ failed: false, output: '' });
  });

  it('checks the files under a path', () => {
    write('src/lib/a.ts', 'export const told = 1;\n');
    write('src/library/a.ts', 'export const told = 1;\n');
    const { failed, output } = runCheck('src/lib');
    expect([failed, output.match(/told/g)]).toEqual([true, ['told']]);
    expect(runCheck('docs')).toEqual({ failed: false, output: '' });
  });
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
