import OpenAI from 'openai';
import { expect } from 'vitest';
import { createTenant, ledgerRows, send, variables } from './gateway.ts';

/** OpenAI's own client of a new tenant, whose requests go to the gateway, and what the gateway and the provider record of them. */
export async function openClient(columns: Parameters<typeof createTenant>[0] = {}) {
  const tenant = await createTenant(columns);
  const client = new OpenAI({
    apiKey: tenant.key,
    baseURL: 'http://gateway.test/v1',
    maxRetries: 0,
    logLevel: 'off',
    fetch: (input, init) => {
      const { pathname, search } = new URL(String(input));
      return send(pathname + search, init);
    },
  });
  const row = async () => (await ledgerRows(tenant.tenantId, 1))[0] ?? expect.unreachable();
  return { client, row, tenantId: tenant.tenantId, headers: { 'x-api-key': tenant.key } };
}

interface RecordedRequest {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly aborted: boolean;
}

/** The one request of the provider that contains a text. */
export async function findRequest(containing: string): Promise<RecordedRequest> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  const { requests } = (await response.json()) as { requests: RecordedRequest[] };
  return requests[0] ?? expect.unreachable();
}
