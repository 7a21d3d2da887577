import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ConsoleTest } from './console-page.ts';

/** Sends a chat request with an id of its own, and returns the gateway's id once it is logged. */
export async function sendChat(
  running: ConsoleTest,
  clientId: string,
  body: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const request = { model: 'stub', messages: [{ role: 'user', content: 'Hello' }], ...body };
  await running.post('/v1/chat/completions', request, { 'x-request-id': clientId, ...headers });
  const readId = async () => {
    const query = 'query ($id: ID!) { request(id: $id) { id } }';
    const { request: found } = await running.graphql<{ request: { id: string } | null }>(query, { id: clientId });
    return found?.id ?? '';
  };
  await expect.poll(readId).not.toBe('');
  return await readId();
}

/** Creates an API key of the tenant of the dev key. */
export async function createKey(running: ConsoleTest, input: object): Promise<string> {
  const { me } = await running.graphql<{ me: { id: string } }>('{ me { id } }');
  const { createApiKey } = await running.graphql<{ createApiKey: { key: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { input: { tenantId: me.id, ...input } },
  );
  return createApiKey.key;
}

/** Finds the rows of the list of requests. The first is its header. */
export function listRows(page: Page): Locator {
  return page.getByRole('region', { name: 'Requests' }).getByRole('row');
}
