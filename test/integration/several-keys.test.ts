import { describe, expect, it } from 'vitest';
import { createTenant, variables } from './gateway.ts';
import { createRoutedGateway } from './routed-gateway.ts';

const refusedKey = 'sk-refused';
const workingKey = variables.OPENAI_API_KEY ?? '';
const messages = [{ role: 'user', content: 'Hi' }];

/** The API keys that came to the provider with the requests that contain a text. */
async function keysSeen(containing: string): Promise<string[]> {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  const { requests } = await response.json<{ requests: { headers: Record<string, string> }[] }>();
  return requests.map(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? '');
}

async function chat(gateway: ReturnType<typeof createRoutedGateway>, key: string, body: object) {
  const response = await gateway.post('/v1/chat/completions', body, { 'x-api-key': key });
  return { status: response.status, attempts: response.headers.get('x-gateway-attempts'), text: await response.text() };
}

describe("several of the operator's API keys", () => {
  it('share the requests', async () => {
    const gateway = createRoutedGateway({ OPENAI_API_KEY: `,${workingKey},${workingKey},` });
    const { key } = await createTenant();
    const mark = crypto.randomUUID();
    const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: mark }] };
    const replies = await Promise.all(Array.from({ length: 4 }, () => chat(gateway, key, body)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await keysSeen(mark)).toEqual(Array.from({ length: 4 }, () => workingKey));
  });

  it('are left out for a while once they are refused', async () => {
    const gateway = createRoutedGateway({ OPENAI_API_KEY: `${refusedKey},${workingKey}` });
    const { key } = await createTenant();
    const send = () => chat(gateway, key, { model: 'gpt-4o-mini', messages });
    const statuses: number[] = [];
    // Which key is chosen is random: the refused one fails once, and never again.
    for (let count = 0; count < 40; count += 1) statuses.push((await send()).status);
    const failures = statuses.filter((status) => status !== 200);
    expect([[], [502]]).toContainEqual(failures);
    if (failures.length > 0)
      expect(statuses.slice(statuses.indexOf(502) + 1).every((status) => status === 200)).toBe(true);
  });

  it('are tried one after the other by a route, and no refusal reaches the client', async () => {
    const gateway = createRoutedGateway({ OPENAI_API_KEY: `${refusedKey},${workingKey}` });
    const { key } = await createTenant();
    const body = { models: ['gpt-4o-mini', 'claude/claude-haiku-4-5'], messages };
    const replies: Awaited<ReturnType<typeof chat>>[] = [];
    for (let count = 0; count < 20; count += 1) replies.push(await chat(gateway, key, body));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(replies.filter(({ attempts }) => attempts === '2').length).toBeLessThanOrEqual(1);
  });

  it('stay out of replies', async () => {
    const gateway = createRoutedGateway({ OPENAI_API_KEY: `${refusedKey},sk-also-refused` });
    const { key } = await createTenant();
    const reply = await chat(gateway, key, { model: 'gpt-4o-mini', messages });
    expect(reply.status).toBe(502);
    expect(reply.text).not.toMatch(/sk-/);
  });
});
