import type { Principal } from '../../src/domain/principal.ts';

/** A caller that may do everything but administrate, without any limit. */
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
