import { execFile, execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { sdkPackages } from '../sdks/packages.ts';
import { startDevGateway } from './dev-gateway.ts';
import { examplesFolder } from './example-programs.ts';

const gateway = await startDevGateway({});
afterAll(() => gateway.stop());

const folder = join(examplesFolder, 'clients');
/** `npm run test:sdks` runs the others. */
const recipes = readdirSync(folder).filter((file) => !sdkPackages.some(({ recipe }) => recipe === file));
const greeting = 'Stub reply to: Hello!\n';
const forecast = /^\{ city: '.*', degrees: -?[\d.e+-]+ \}\n$/;

/** What each prints. */
const printed: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'openai.ts': [greeting],
  'openai.py': [greeting],
  'azure-openai.ts': [greeting],
  'anthropic.ts': [greeting],
  'google-genai.ts': [greeting],
  'ai-sdk-openai.ts': [greeting],
  'ai-sdk-openai-compatible.ts': ['Stub reply to: sunny\n', forecast],
  'ai-sdk-anthropic.ts': [greeting],
  'langchain.ts': [greeting, forecast, greeting],
  'langgraph.ts': ['Stub reply to: sunny\n'],
  'instructor.ts': [/^.* -?[\d.e+-]+\n$/],
};

test('each recipe has an expected output', () => {
  expect(Object.keys(printed).sort()).toEqual(recipes.sort());
});

test.each(recipes)('%s prints the reply of Stub', async (file) => {
  const command = file.endsWith('.py') ? 'python3' : process.execPath;
  const env = { PATH: process.env.PATH, BASE_URL: gateway.url, PYTHONIOENCODING: 'utf-8' };
  if (command === 'python3' && !canImportOpenAi()) return;
  const { stdout } = await promisify(execFile)(command, [join(folder, file)], { env });
  const lines = stdout.match(/.*\n/g) ?? [];
  expect(lines).toEqual(printed[file]?.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
});

function canImportOpenAi(): boolean {
  try {
    execFileSync('python3', ['-c', 'import openai'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('SKIPPED: openai.py, which needs the Python package openai.');
    return false;
  }
}
