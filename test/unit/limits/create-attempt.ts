import type { Limits } from '../../../src/domain/limits.ts';
import { AdmissionAttempt } from '../../../src/limits/admission-attempt.ts';
import { getLimitRules } from '../../../src/limits/limit-rules.ts';
import type { TenantLeases } from '../../../src/limits/tenant-leases.ts';
import type { MaxUsage } from '../../../src/limits/types.ts';

interface AttemptOptions {
  readonly tokens?: number;
  readonly maxUsage?: MaxUsage;
}

/** Creates the attempt of a request by `key_1` of `ten_1` that may cost 100 nano-dollars and starts now. */
export function createAttempt(
  { leases, now }: { readonly leases: TenantLeases; readonly now: () => number },
  keyLimits: Limits,
  { tokens = 10, maxUsage = { tokens, costNanoUsd: 100n } }: AttemptOptions = {},
): AdmissionAttempt {
  const owner = { requestId: 'req_1', tenantId: 'ten_1', keyId: 'key_1', keyLimits, tenantLimits: {} };
  const request = { ...owner, startedAtMs: now() };
  const rules = getLimitRules(request, { key: keyLimits, tenant: {} });
  return new AdmissionAttempt(request, maxUsage, rules, leases, now);
}
