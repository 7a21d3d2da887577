import { describe, expect, test } from 'vitest';
import { findDocumentationFaults, type Page } from './documentation-rules.ts';

const jobs: Page = { path: 'docs/guides/jobs.md', text: '# Jobs\n\n## Read, list and cancel\n' };
const names = {
  files: new Set(['README.md', jobs.path, 'docs/guides']),
  scripts: new Set(['dev']),
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
});
