import '../../src/graphql/server.ts';
import { beforeAll, expect, it } from 'vitest';
import { createTenant } from './gateway.ts';
import { createRoutedGateway, createRoutedTenants } from './routed-gateway.ts';

const gateway = createRoutedGateway();
const targets = [
  { provider: 'openai', model: 'gpt-4o-mini' },
  { provider: 'claude', model: 'claude-haiku-4-5', tier: 2 },
];
const setRoute = 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { name } }';
const explain = `query ($tenantId: ID) { explainRoute(name: "fast", tenantId: $tenantId) { targets { state reason } } }`;
let adminKey: string;

beforeAll(async () => {
  ({ key: adminKey } = await createTenant({ scopes: ['admin', 'read'] }));
});

async function query(document: string, variables: object, key: string): Promise<unknown> {
  const response = await gateway.post('/graphql', { query: document, variables }, { 'x-api-key': key });
  const { data, errors } = await response.json<{ data: unknown; errors?: unknown }>();
  expect(errors).toBeUndefined();
  return data;
}

const available = { state: 'AVAILABLE', reason: null };
const coolingDown = { state: 'COOLING_DOWN', reason: expect.stringContaining('is tried again at') };

it.each([
  ['the model is limited', 'status code=429 retryAfter=30'],
  ['the key is refused', 'status code=401'],
])(
  "explainRoute shows that a tenant's own key cools down, to that tenant and to admins: %s",
  async (_title, scenario) => {
    const tenants = await createRoutedTenants(2, { scopes: ['chat', 'read'] });
    const [tenant, other] = tenants;
    if (!tenant || !other) return expect.unreachable();
    for (const { tenantId } of tenants) await query(setRoute, { input: { name: 'fast', tenantId, targets } }, adminKey);
    const shown = (first: object) => ({ explainRoute: { targets: [first, available] } });
    expect(await query(explain, {}, tenant.key)).toEqual(shown(available));
    const body = { model: 'fast', messages: [{ role: 'user', content: `[[scenario:${scenario} only=gpt]] go` }] };
    const response = await gateway.post('/v1/chat/completions', body, { 'x-api-key': tenant.key });
    expect([response.status, response.headers.get('x-gateway-attempts')]).toEqual([200, '2']);
    await response.text();
    expect(await query(explain, {}, tenant.key)).toEqual(shown(coolingDown));
    expect(await query(explain, { tenantId: tenant.tenantId }, adminKey)).toEqual(shown(coolingDown));
    expect(await query(explain, {}, other.key)).toEqual(shown(available));
    expect(await query(explain, { tenantId: other.tenantId }, adminKey)).toEqual(shown(available));
  },
);
