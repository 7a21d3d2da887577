import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { parseNativeEvents } from '../support/native-stream.ts';
import { openSocketCall } from '../support/socket-call.ts';

const endLagMs = 20;
const baseUrls = { openai: 'OPENAI_BASE_URL', claude: 'ANTHROPIC_BASE_URL', ollama: 'OLLAMA_URL' } as const;
const proxies = new Map<string, CountingProxy>();
let gateway: MiniflareGateway;
let key: string;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: async (services) => {
      const variables: Record<string, string> = {};
      for (const [provider, name] of Object.entries(baseUrls)) {
        const proxy = await startCountingProxy(services[name] ?? '', endLagMs);
        proxies.set(provider, proxy);
        variables[name] = proxy.url;
      }
      return variables;
    },
  });
  ({ key } = await gateway.createTenant());
});

afterAll(async () => {
  await gateway?.stop();
  for (const proxy of proxies.values()) proxy.close();
});

test.each(Object.keys(baseUrls))('%s: consecutive streams share connections', async (provider) => {
  for (let count = 0; count < 100; count += 1) {
    const text = await openSocketCall(gateway.url, { key, body: { prompt: 'Hi', provider } }).text();
    expect(parseNativeEvents(text).at(-1)).toMatchObject({ type: 'done' });
  }
  // A client has its whole stream before the body ends, so two or three calls may overlap.
  expect(proxies.get(provider)?.connections).toBeLessThanOrEqual(20);
});
