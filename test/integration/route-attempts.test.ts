import { beforeAll, describe, expect, test } from 'vitest';
import { createTenant, ledgerRows, post, variables } from './gateway.ts';
import { queryData } from './graphql.ts';

const models = ['gpt-4o-mini', 'claude/claude-haiku-4-5'];
let admin: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
});

/** A tenant with keys of its own for the providers: what fails for it cools down for no other tenant. */
async function createRoutedTenant() {
  const tenant = await createTenant();
  const document =
    'mutation ($tenantId: ID!, $provider: String!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: $provider, key: $key) { provider } }';
  const keys = { openai: variables.OPENAI_API_KEY, claude: variables.ANTHROPIC_API_KEY };
  for (const [provider, key] of Object.entries(keys)) {
    await queryData(admin.key, document, { tenantId: tenant.tenantId, provider, key });
  }
  return tenant;
}

/** The request of each surface for the same scenario. */
function requestOf(surface: string, prompt: string, stream: boolean): [path: string, body: object] {
  const messages = [{ role: 'user', content: prompt }];
  if (surface === 'chat') return ['/v1/chat/completions', { models, messages, stream }];
  if (surface === 'messages') return ['/v1/messages', { models, messages, max_tokens: 100, stream }];
  if (surface === 'responses') return ['/v1/responses', { models, input: prompt, stream }];
  if (surface === 'gemini') {
    const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    const body = { models: models.slice(1), contents: [{ role: 'user', parts: [{ text: prompt }] }] };
    return [`/v1beta/models/${models[0]}:${method}`, body];
  }
  return [stream ? '/stream' : '/api/chat/completions', { models, prompt }];
}

const surfaces = ['chat', 'messages', 'responses', 'gemini', 'native'] as const;
const replyText = 'Bonjour';

describe.each(surfaces)('%s', (surface) => {
  describe.each([true, false])('stream %s', (stream) => {
    test.concurrent.each([
      ['status code=500'],
      ['status code=429 retryAfter=7'],
      ['status code=408'],
      ['status code=529'],
      ['status code=401'],
      ['cut after=0'],
      ['error-event after=0'],
      ['headers-then-reset'],
    ])('%s at the first target is answered by the second', async (scenario) => {
      const own = await createRoutedTenant();
      const [path, body] = requestOf(surface, `[[scenario:${scenario} only=gpt]] go`, stream);
      const response = await post(path, body, { 'x-api-key': own.key });
      const text = await response.text();
      expect([response.status, text]).toEqual([200, expect.stringContaining(replyText)]);
      expect(response.headers.get('x-gateway-provider')).toBe('claude');
      expect(response.headers.get('x-gateway-attempts')).toBe('2');
      const rows = await ledgerRows(own.tenantId, 2);
      const sorted = rows.toSorted((left, right) => left.attempt - right.attempt);
      expect(sorted).toMatchObject([
        { provider: 'openai', attempt: 1, isLast: false, status: 'failed' },
        { provider: 'claude', attempt: 2, isLast: true, status: 'completed', requestId: rows[0]?.requestId },
      ]);
    });
  });
});
