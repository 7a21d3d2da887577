import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { providers } from './matrix-case.ts';

const program = fileURLToPath(new URL('../../node_modules/compatcanary/src/cli.js', import.meta.url));

interface Report {
  readonly results: readonly { readonly id: string; readonly status: string }[];
}

/** A scanner of OpenAI-like APIs, in a process of its own. */
async function scan(model: string): Promise<Report['results']> {
  const address = ['--base-url', `${inject('gatewayUrl')}/v1`, '--model', model];
  const options = ['--profile', 'chat', '--format', 'json', '--fail-on', 'never'];
  const env = { PATH: process.env.PATH ?? '', OPENAI_API_KEY: devKey };
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'scan', ...address, ...options], { env });
  return (JSON.parse(stdout) as Report).results;
}

test.concurrent.each(providers)('compatcanary passes its chat profile with $name', async ({ model }) => {
  const results = await scan(model);
  expect(results.map(({ id, status }) => `${id}: ${status}`)).toEqual([
    'models.list: pass',
    'chat.basic: pass',
    'chat.streaming: pass',
    'chat.tool_call: pass',
    'chat.structured_output: pass',
  ]);
});
