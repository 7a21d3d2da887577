import { describe, expect, test } from 'vitest';
import { findDocumentationFaults, findHiddenExamples, type Page } from './documentation-rules.ts';

const jobs: Page = { path: 'docs/guides/jobs.md', text: '# Jobs\n\n## Read, list and cancel\n' };
const names = {
  files: new Set(['README.md', jobs.path, 'docs/guides']),
  scripts: new Set(['dev']),
  examples: new Map([['docs/examples/clients/a.ts', 'const a = 1;\n']]),
  words: new Set(['LOG_LEVEL', 'x-request-id', 'rate_limited']),
};

function faultsOf(text: string): string[] {
  const page = { path: 'README.md', text };
  return findDocumentationFaults(page, [page, jobs], names);
}

describe('a page', () => {
  test('may link files, folders, headings and other sites', () => {
    const links = [
      'docs/guides/jobs.md',
      'docs/guides/',
      'docs/guides/jobs.md#read-list-and-cancel',
      '#top',
      'https://a.b',
    ];
    expect(faultsOf(`# Top\n${links.map((link) => `[x](${link})`).join(' ')}`)).toEqual([]);
  });

  test.each(['docs/guides/job.md', 'docs/guides/jobs.md#cancel', '#none'])(
    'is refused for the dead link %s',
    (link) => {
      expect(faultsOf(`[x](${link})`)).toEqual([expect.stringContaining(`README.md: the link ${link}`)]);
    },
  );

  test('may name scripts, variables, headers and codes that exist, and placeholders', () => {
    expect(faultsOf('`npm run dev`, `LOG_LEVEL=debug`, `x-request-id`, `rate_limited`, `JOB_ID`')).toEqual([]);
  });

  test.each(['npm run develop', 'LOG_LEVELS', 'x-request-ids', 'rate_limit'])('is refused for `%s`', (name) => {
    expect(faultsOf(`Use \`${name}\`.`)).toHaveLength(1);
  });

  const comment = '<!-- example: docs/examples/clients/a.ts -->';

  test('may show an example as it is', () => {
    expect(faultsOf(`${comment}\n\`\`\`typescript\nconst a = 1;\n\`\`\`\n`)).toEqual([]);
  });

  test.each([
    ['other text', `${comment}\n\`\`\`typescript\nconst a = 2;\n\`\`\`\n`],
    ['less text', `${comment}\n\`\`\`typescript\n\`\`\`\n`],
    ['no code', `${comment}\nText.\n`],
    ['an unknown file', '<!-- example: b.ts -->\n```typescript\nconst a = 1;\n```\n'],
  ])('is refused for an example with %s', (_, text) => {
    expect(faultsOf(text)).toHaveLength(1);
  });

  test('shows each client program', () => {
    const page = { path: 'README.md', text: `${comment}\n\`\`\`\nconst a = 1;\n\`\`\`\n` };
    expect(findHiddenExamples([page, jobs], names)).toEqual([]);
    expect(findHiddenExamples([jobs], names)).toEqual(['docs/examples/clients/a.ts: no page shows it']);
  });
});
