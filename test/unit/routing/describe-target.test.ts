import { expect, it } from 'vitest';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { describeTarget, sortTargets, type TargetConditions } from '../../../src/routing/describe-target.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const openAi = getDescriptor('openai');
const withKey = (apiKey: string) => createProvider(providerOptions(openAi, { apiKey }));
const absent = { ...openAi, provider: undefined, setting: 'OPENAI_API_KEY', withKey, serves: () => false };
const configured = { ...absent, provider: withKey('key') };
const ownProvider = withKey('own');
const target = { provider: 'openai', model: 'gpt-4o-mini', tier: 1, weight: 1 };

function conditions(changes: Partial<TargetConditions> = {}): TargetConditions {
  return {
    entries: [configured],
    byokProviders: new Map(),
    allowedProviders: null,
    health: { cooldownUntilMs: () => undefined },
    ...changes,
  };
}

it.each<[string, Partial<TargetConditions>, object]>([
  ['a configured provider', {}, { state: 'available' }],
  [
    'a provider that is not configured',
    { entries: [absent] },
    { state: 'not_configured', reason: 'Provider "openai" is not configured: set OPENAI_API_KEY.' },
  ],
  [
    'one for which the tenant has a key',
    { entries: [absent], byokProviders: new Map([['openai', undefined]]) },
    { state: 'available' },
  ],
  [
    'one that is no longer known',
    { entries: [] },
    { state: 'not_configured', reason: 'Provider "openai" is not known to this gateway.' },
  ],
  [
    'one that the key may not use',
    { allowedProviders: ['claude'] },
    { state: 'not_allowed', reason: 'Provider "openai" is not allowed to this API key: it may use claude.' },
  ],
  [
    'one that has failed',
    { health: { cooldownUntilMs: () => 1_001 } },
    { state: 'cooling_down', reason: 'It has failed, and is tried again at 1970-01-01T00:00:01.001Z.' },
  ],
  [
    'one of whose keys one still works',
    {
      entries: [{ ...configured, withOtherKeys: [withKey('other')] }],
      health: { cooldownUntilMs: (provider) => (provider === configured.provider ? 1_001 : undefined) },
    },
    { state: 'available' },
  ],
  [
    "one that has failed with the operator's key, for a tenant with its own",
    {
      byokProviders: new Map([['openai', ownProvider]]),
      health: { cooldownUntilMs: (provider) => (provider === configured.provider ? 1_001 : undefined) },
    },
    { state: 'available' },
  ],
  [
    "one that has failed with the tenant's own key",
    {
      byokProviders: new Map([['openai', ownProvider]]),
      health: { cooldownUntilMs: (provider) => (provider === ownProvider ? 1_001 : undefined) },
    },
    { state: 'cooling_down', reason: 'It has failed, and is tried again at 1970-01-01T00:00:01.001Z.' },
  ],
])('describes a target of %s', (_, changes, state) => {
  expect(describeTarget(target, conditions(changes))).toEqual(state);
});

it('sorts targets by tier, and within a tier by weight', () => {
  const targets = [
    { ...target, tier: 2, weight: 9 },
    { ...target, tier: 1, weight: 1 },
    { ...target, tier: 1, weight: 5 },
  ];
  expect(sortTargets(targets).map(({ tier, weight }) => [tier, weight])).toEqual([
    [1, 5],
    [1, 1],
    [2, 9],
  ]);
});
