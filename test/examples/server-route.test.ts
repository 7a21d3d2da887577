import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { findCodeBlocks } from '../support/code-blocks.ts';
import { startDevGateway } from './dev-gateway.ts';

const gateway = await startDevGateway({});
const folder = await mkdtemp(join(tmpdir(), 'server-route-'));
process.env.GATEWAY_URL = gateway.url;
process.env.GATEWAY_API_KEY = devKey;
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true });
});

interface Route {
  POST(request: Request): Promise<Response>;
}

/** The route as the page shows it, with Stub for its model. */
async function loadRoute(): Promise<Route> {
  const path = 'docs/guides/browsers.md';
  const text = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  const block = findCodeBlocks({ path, text }).find(({ code }) => code.includes('function POST'));
  const file = join(folder, 'route.ts');
  await writeFile(file, block?.code.replace("'gpt-4o-mini'", "'stub'") ?? '');
  return await import(file);
}

it('streams a reply to a page that has no key', async () => {
  const { POST } = await loadRoute();
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hello!' }] });
  const response = await POST(new Request('http://localhost/chat', { method: 'POST', body }));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: {'));
  const contents = events.map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '');
  expect(contents.join('')).toBe('Stub reply to: Hello!');
});
