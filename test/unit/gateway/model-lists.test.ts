import { beforeEach, describe, expect, it } from 'vitest';
import { ByokProviders } from '../../../src/gateway/byok-providers.ts';
import { ModelLists } from '../../../src/gateway/model-lists.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import type { RegistryEntry } from '../../../src/providers/registry.ts';
import { principalWith } from '../../support/principal.ts';
import { getDescriptor } from '../../support/provider-options.ts';

const minuteMs = 60_000;
let nowMs: number;
let lists: ModelLists;
let work: Promise<unknown>[];
/** The keys with which the vendor has been asked. */
let requests: string[];
let answer: (apiKey: string) => Promise<readonly string[]>;

beforeEach(() => {
  nowMs = 1_000_000;
  work = [];
  requests = [];
  answer = async (apiKey) => [`model-of-${apiKey}`];
  const byokProviders = new ByokProviders({ decrypt: async (encrypted, { tenantId }) => `${encrypted}-${tenantId}` });
  lists = new ModelLists({ byokProviders, now: () => nowMs });
});

const providerWith = (apiKey: string) =>
  ({
    id: 'groq',
    listModels: () => {
      requests.push(apiKey);
      return answer(apiKey);
    },
  }) as Partial<Provider> as Provider;
const groq: RegistryEntry = {
  ...getDescriptor('groq'),
  setting: 'GROQ_API_KEY',
  provider: providerWith('operator'),
  withKey: providerWith,
  serves: () => false,
};

const read = (principal = principalWith({}), entry = groq) =>
  lists.read(entry, principal, (renewal) => void work.push(renewal));
const owner = (tenantId: string, encryptedKey = 'secret') =>
  principalWith({ tenantId, providerKeys: [{ provider: 'groq', encryptedKey }] });

describe('the list of a vendor’s models', () => {
  it('comes behind the first reply, and is asked for again after an hour', async () => {
    expect(read()).toBeUndefined();
    await Promise.all(work);
    expect(read()).toEqual(['model-of-operator']);
    nowMs += 60 * minuteMs - 1;
    expect(read()).toEqual(['model-of-operator']);
    expect(requests).toHaveLength(1);
    nowMs += 1;
    answer = async () => ['newer'];
    expect(read()).toEqual(['model-of-operator']);
    await Promise.all(work);
    expect(read()).toEqual(['newer']);
    expect(requests).toHaveLength(2);
  });

  it('stays as it was where the vendor fails, which is asked again after a minute', async () => {
    read();
    await Promise.all(work);
    nowMs += 60 * minuteMs;
    answer = async () => {
      throw new Error('down');
    };
    expect(read()).toEqual(['model-of-operator']);
    await Promise.all(work);
    nowMs += minuteMs - 1;
    expect(read()).toEqual(['model-of-operator']);
    expect(requests).toHaveLength(2);
    nowMs += 1;
    read();
    await Promise.all(work);
    expect(requests).toHaveLength(3);
  });

  it('is asked for once a minute of a vendor that hangs, and no reply waits for it', () => {
    answer = () => new Promise(() => undefined);
    for (let second = 0; second <= 60; second += 1) {
      expect(read()).toBeUndefined();
      nowMs += 1_000;
    }
    expect(work).toHaveLength(2);
  });

  it('is a tenant’s alone where its key is the tenant’s own', async () => {
    for (const principal of [owner('ten_1'), owner('ten_2'), owner('ten_1', 'other'), principalWith({})]) {
      expect(read(principal)).toBeUndefined();
    }
    await Promise.all(work);
    expect(read(owner('ten_1'))).toEqual(['model-of-secret-ten_1']);
    expect(read(owner('ten_2'))).toEqual(['model-of-secret-ten_2']);
    expect(read(owner('ten_1', 'other'))).toEqual(['model-of-other-ten_1']);
    expect(read(principalWith({ tenantId: 'ten_1' }))).toEqual(['model-of-operator']);
  });

  it('is absent where the tenant’s key cannot be read', async () => {
    const byokProviders = new ByokProviders({ decrypt: () => Promise.reject(new Error('no ENCRYPTION_KEY')) });
    lists = new ModelLists({ byokProviders, now: () => nowMs });
    expect(read(owner('ten_1'))).toBeUndefined();
    await Promise.all(work);
    expect(read(owner('ten_1'))).toBeUndefined();
    expect(requests).toEqual([]);
  });

  it('is evicted from a full cache in least recently used order', async () => {
    for (let tenant = 0; tenant <= 100; tenant += 1) read(owner(`ten_${tenant}`));
    await Promise.all(work);
    expect(read(owner('ten_100'))).toBeDefined();
    expect(read(owner('ten_1'))).toBeDefined();
    expect(read(owner('ten_0'))).toBeUndefined();
  });
});
