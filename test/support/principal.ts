import type { Principal } from '../../src/domain/principal.ts';

/** A principal with all scopes but `admin`, and without limits. */
export function principalWith(some: Partial<Principal>): Principal {
  return {
    tenantId: 'ten_1',
    tenantName: 'one',
    tenantActive: true,
    tenantLimits: {},
    tenantEndUserLimits: {},
    tagNames: [],
    storeResponses: false,
    keyId: 'key_1',
    keyName: 'first',
    scopes: ['chat', 'jobs', 'read'],
    keyLimits: {},
    keyEndUserLimits: {},
    endUser: null,
    requireEndUser: false,
    keepBodies: 'none',
    allowedProviders: null,
    allowedModels: null,
    strict: false,
    expiresAt: null,
    providerKeys: [],
    ...some,
  };
}
