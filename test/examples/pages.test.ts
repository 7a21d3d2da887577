import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DefinitionNode, Kind, parse, print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { type CodeBlock, findCodeBlocks } from '../support/code-blocks.ts';
import { type DevGateway, startDevGateway } from './dev-gateway.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  // The CHANGELOG and decisions tell of the past.
  .filter((path) =>
    /^(?:README|CONTRIBUTING|SECURITY|docs\/(?!decisions\/).*)\.md$|^docs\/(?!decisions\/).*\.md$/.test(path),
  );
const blocks = pages.flatMap((path) => findCodeBlocks({ path, text: readFileSync(join(root, path), 'utf8') }));
const unmarked = blocks.filter(({ mark }) => mark === undefined);

const dataDir = mkdtempSync(join(tmpdir(), 'pages-'));
let gateway: DevGateway;
/** Placeholders on the pages, with values for the tests. */
const placeholders = new Map<string, string>();

beforeAll(async () => {
  gateway = await startDevGateway({
    LOCAL_DATA_DIR: dataDir,
    ENCRYPTION_KEY: btoa('x'.repeat(32)),
    OPENAI_API_KEY: 'sk-of-no-account',
    ANTHROPIC_API_KEY: 'sk-ant-of-no-account',
    // Nothing listens there.
    OPENAI_BASE_URL: 'http://127.0.0.1:9',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    COMPATIBLE_PROVIDERS: JSON.stringify([{ name: 'groq', baseUrl: 'http://127.0.0.1:9' }]),
  });
  const tenant = await sendGraphQl('mutation { createTenant(input: { name: "pages" }) { id } }');
  const tenantId = idOf(tenant.data?.createTenant);
  const key = await sendGraphQl(
    `mutation { createApiKey(input: { tenantId: "${tenantId}", name: "pages" }) { apiKey { id } } }`,
  );
  const job = await sendGraphQl('mutation { createJob(input: { type: TEXT, input: "Hi", provider: "stub" }) { id } }');
  placeholders
    .set('http://localhost:8080', gateway.url)
    .set('YOUR_API_KEY', devKey)
    .set('ten_…', tenantId)
    .set('key_…', idOf((key.data?.createApiKey as { apiKey?: unknown } | undefined)?.apiKey))
    .set('job_…', idOf(job.data?.createJob))
    .set('JOB_ID', idOf(job.data?.createJob))
    .set('sk-…', 'sk-the-own-key-of-a-tenant');
});

afterAll(async () => {
  await gateway?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface GraphQlReply {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function sendGraphQl(query: string): Promise<GraphQlReply> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'x-api-key': devKey, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as GraphQlReply;
}

function idOf(object: unknown): string {
  return (object as { readonly id: string }).id;
}

function fillIn(code: string): string {
  let filled = code;
  for (const [placeholder, value] of placeholders) filled = filled.replaceAll(placeholder, value);
  return filled;
}

test('every block runs, shows a tested example, or states why it does not run', () => {
  const faults = blocks.flatMap(({ place, language, mark }) => {
    if (mark?.kind === 'tested by' && !existsSync(join(root, mark.text))) return [`${place}: there is no ${mark.text}`];
    if (mark !== undefined || language === 'bash' || language === 'graphql') return [];
    return [
      `${place}: put <!-- example: FILE -->, <!-- tested by: FILE --> or <!-- not run: REASON --> before the block`,
    ];
  });
  expect(blocks.length).toBeGreaterThan(40);
  expect(faults).toEqual([]);
});

describe.each(unmarked.filter(({ language }) => language === 'bash'))('$place', ({ code, output }: CodeBlock) => {
  test('runs in a shell', async () => {
    const env = { ...process.env, LOCAL_DATA_DIR: dataDir };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', fillIn(code)], { cwd: root, env });
    expect(stdout).not.toMatch(/"errors?":(?!null)/);
    // Ids differ between runs.
    if (output && !output.includes('…')) expect(JSON.parse(stdout)).toEqual(JSON.parse(output));
  });
});

describe.each(unmarked.filter(({ language }) => language === 'graphql'))('$place', ({ code }: CodeBlock) => {
  const definitions: readonly DefinitionNode[] = parse(code).definitions;

  test.each(definitions.map((definition) => [print(definition).split('\n')[1]?.trim(), definition]))(
    '%s has no error',
    async (_, definition) => {
      const isSubscription =
        (definition as DefinitionNode).kind === Kind.OPERATION_DEFINITION &&
        (definition as { readonly operation?: string }).operation === 'subscription';
      const { errors = [] } = isSubscription
        ? await readSubscription(fillIn(print(definition as DefinitionNode)))
        : await sendGraphQl(fillIn(print(definition as DefinitionNode)));
      // The job of this test has ended, so that it can be neither cancelled nor retried.
      expect(errors.filter(({ extensions }) => extensions?.code !== 'conflict')).toEqual([]);
    },
  );
});

/** Reads the first result of a subscription. */
async function readSubscription(query: string): Promise<GraphQlReply> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'x-api-key': devKey, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(30_000),
  });
  const [, data = ''] = /^event: next\ndata: (.*)$/m.exec(await response.text()) ?? [];
  return JSON.parse(data) as GraphQlReply;
}
