import { devKey } from '../../src/domain/dev-key.ts';

/** Creates an API key of the tenant `dev`. */
export async function createKey(gatewayUrl: string, input: Readonly<Record<string, unknown>>): Promise<string> {
  const { me } = await query<{ me: { id: string } }>(gatewayUrl, '{ me { id } }', {});
  const created = await query<{ createApiKey: { key: string } }>(
    gatewayUrl,
    'mutation Make($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { input: { tenantId: me.id, name: 'conformance', ...input } },
  );
  return created.createApiKey.key;
}

async function query<T>(gatewayUrl: string, document: string, variables: object): Promise<T> {
  const response = await fetch(`${gatewayUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': devKey },
    body: JSON.stringify({ query: document, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
  return data;
}
