import type { Principal } from '../../src/domain/principal.ts';

/** A principal with all scopes but `admin`, and without limits. */
export function principalWith(some: Partial<Principal>): Principal {
  return {
    tenantId: 'ten_1',
    tenantName: 'one',
    tenantActive: true,
    tenantLimits: {},
    storeResponses: false,
    keyId: 'key_1',
    keyName: 'first',
    scopes: ['chat', 'jobs', 'read'],
    keyLimits: {},
    allowedProviders: null,
    allowedModels: null,
    strict: false,
    expiresAt: null,
    providerKeys: [],
    ...some,
  };
}
