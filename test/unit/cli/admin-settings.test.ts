import { describe, expect, it, test } from 'vitest';
import { getCliActor } from '../../../src/cli/get-cli-actor.ts';
import { auditActor } from '../../support/audit-actor.ts';
import { admin, json, setInput } from './admin-gateway.ts';

test('update-tenant changes what is named, and removes limits and the webhook', async () => {
  await admin('create-tenant updated --rpm 10 --daily-budget 5');
  const options = '--name renamed --webhook-url https://example.com/hook --store-responses --monthly-budget 100';
  expect(await admin(`update-tenant updated ${options}`)).toMatch(/^limits +rpm 10, \$5 a day, \$100 a month$/m);
  expect(await json('show-tenant renamed')).toMatchObject({
    name: 'renamed',
    webhookUrl: 'https://example.com/hook',
    storeResponses: true,
    limits: { requestsPerMinute: 10, tokensPerMinute: null, dailyBudget: 5, monthlyBudget: 100 },
  });
  await admin('update-tenant renamed --webhook-url none --no-store-responses --rpm none');
  expect(await json('show-tenant renamed')).toMatchObject({
    webhookUrl: null,
    storeResponses: false,
    limits: { requestsPerMinute: null, dailyBudget: 5 },
  });
});

test('update-key changes what is named, and removes restrictions', async () => {
  await admin('create-tenant keyed');
  const { key, apiKey } = await json(
    'create-key keyed --name ci --strict --providers openai --models gpt-4o --expires-in 1',
  );
  expect(key).toMatch(/^aia_/);
  await admin(`update-key ${apiKey.id} --scopes read --no-strict --providers any --expires-in never --rpm 7`);
  expect(await json('list-keys keyed')).toMatchObject([
    {
      id: apiKey.id,
      name: 'ci',
      scopes: ['read'],
      strict: false,
      allowedProviders: null,
      allowedModels: ['gpt-4o'],
      expiresAt: null,
      limits: { requestsPerMinute: 7 },
    },
    { name: 'first' },
  ]);
});

test('a model that is not known is accepted for a key, with a warning', async () => {
  await admin('create-tenant warned');
  const models = 'gpt-4o,openai/gpt-4o,gtp-4o-mini';
  expect(await admin(`create-key warned --models ${models}`)).toMatch(
    /^Warning: allowedModels\[2\]: "gtp-4o-mini" is neither a route nor a known model: did you mean "gpt-4o-mini"\?\nKey "unnamed"/,
  );
  const { apiKey, warnings } = await json('create-key warned --models gpt-4o');
  expect([apiKey.allowedModels, warnings]).toEqual([['gpt-4o'], []]);
  expect((await json(`update-key ${apiKey.id} --models nonsense`)).warnings).toEqual([
    'allowedModels[0]: "nonsense" is neither a route nor a known model.',
  ]);
});

test("a tenant's own provider keys are stored from a file, listed without their texts and deleted", async () => {
  const { tenant } = await json('create-tenant byok');
  setInput('sk-test-0123456789-1234\n');
  expect(await admin('set-provider-key byok openai -')).toContain('its key …1234');
  expect(await json('list-provider-keys byok')).toMatchObject([
    { tenantId: tenant.id, provider: 'openai', ending: '1234' },
  ]);
  expect(await admin('list-provider-keys byok')).not.toContain('0123456789');
  expect(await admin('delete-provider-key byok openai')).toContain('for openai is deleted.');
  expect(await json('list-provider-keys byok')).toEqual([]);
  expect((await json(`audit --tenant byok`)).map(({ action }: { action: string }) => action).slice(0, 2)).toEqual([
    'provider_key.removed',
    'provider_key.set',
  ]);
});

test('prices are set, listed and unset', async () => {
  expect(await admin('set-price openai gpt-x --input 1.5 --output 6 --cache-read 0.1')).toMatch(
    /^Price prc_\w+ of openai\/gpt-x: input \$1.5, output \$6, cacheRead \$0.1\. It applies/,
  );
  expect(await admin('unset-price openai gpt-x')).toContain('openai/gpt-x has the price of the list again.');
  expect(await json('list-prices')).toMatchObject([
    { provider: 'openai', model: 'gpt-x', prices: null },
    { provider: 'openai', model: 'gpt-x', prices: { input: '1.5', output: '6', cacheRead: '0.1' } },
  ]);
  await expect(admin('unset-price openai gpt-x')).rejects.toThrow('No price is set');
});

test('rotate-webhook-secret prints a new secret, and says until when the older one signs', async () => {
  await admin('create-tenant hooked');
  expect(await admin('rotate-webhook-secret hooked')).toMatch(/^Webhook secret whs_\w+\. It is shown once:\n\nwhsec_/);
  expect(await admin('rotate-webhook-secret hooked --overlap 60')).toMatch(/The older ones end at 20.*Z\./);
});

describe('audit', () => {
  it('lists who has changed what, the newest first, for people and for programs', async () => {
    const id = /ten_\w+/.exec(await admin('create-tenant audited --rpm 5'))?.[0] ?? '';
    await admin('suspend audited');
    const [head, suspended, ...created] = (await admin('audit --tenant audited')).split('\n');
    expect(head).toMatch(/^time +who +tenant +action +subject +change$/);
    expect(suspended).toMatch(
      new RegExp(`^20.*Z  cli \\(test\\) +${id} +tenant.suspended +${id} +active: true → false$`),
    );
    expect(created).toHaveLength(2);
    expect(JSON.parse(await admin(`audit --subject ${id} --action tenant.created --json`))).toMatchObject([
      { actor: auditActor, tenantId: id, before: null, after: { name: 'audited', requestsPerMinute: 5 } },
    ]);
    expect(JSON.parse(await admin('audit --limit 3 --since 2026-01-01 --json'))).toHaveLength(3);
    expect(await admin('audit --tenant audited --until 2026-01-01')).toBe('time  who  tenant  action  subject  change');
  });

  it.each([
    ['audit --limit 0', '--limit must be a whole number from 1 to 10000.'],
    ['audit --since whenever', '--since must be a day'],
    ['audit --action tenant.suspend', 'did you mean "tenant.suspended"?'],
    ['audit --tenant absent', 'There is no tenant "absent".'],
  ])('%s is rejected with a message', async (line, message) => {
    await expect(admin(line)).rejects.toThrow(message);
  });

  it('names the user of the operating system, and its number where it has no name', () => {
    expect(getCliActor(() => ({ username: 'ada\u0000', uid: 7 }))).toEqual({ type: 'cli', id: 'ada', tenantId: null });
    expect(getCliActor(() => ({ username: '', uid: 7 })).id).toBe('uid 7');
    const nameless = () => {
      throw new Error('ENOENT');
    };
    expect(getCliActor(nameless).id).toMatch(/^uid \d+$/);
  });
});
