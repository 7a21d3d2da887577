import { listApiKeys } from '../db/queries/api-keys.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { type LimitKind, type Limits, limitFieldNames } from '../domain/limits.ts';
import type { ApiKey } from '../domain/tenant.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';

/** A key with the limit of which it has used the largest share. */
export interface KeyNearLimit {
  readonly apiKey: ApiKey;
  /** What is left of its limits. */
  readonly remaining: Limits;
  readonly kind: LimitKind;
  /** 0 to 1. */
  readonly usedShare: number;
}

interface NearLimitQuery {
  readonly tenantId: string;
  /** The share of a limit that is used, above 0 and at most 1. */
  readonly nearLimit: number;
  /** The number of keys to look at, the newest. */
  readonly maxKeys: number;
}

/**
 * Finds the valid keys of a tenant that have used at least a share of one of their limits, the nearest to a limit first. Throws
 * `invalid_request` for another share, and `unavailable` where Redis does not answer in time.
 */
export async function findKeysNearLimit(
  { database, readRemaining, now }: Pick<TenantDependencies, 'database' | 'readRemaining' | 'now'>,
  { tenantId, nearLimit, maxKeys }: NearLimitQuery,
): Promise<KeyNearLimit[]> {
  if (!(nearLimit > 0 && nearLimit <= 1)) {
    throw invalidFieldError(
      ['nearLimit'],
      'must be above 0 and at most 1: 0.8 finds keys that have used 80 % of a limit',
    );
  }
  const keys = (await listApiKeys(database, tenantId, maxKeys)).filter(
    ({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt === null || expiresAt.getTime() > now()),
  );
  const owners = keys.map(({ id, limits }) => ({ scope: 'key', scopeId: id, tenantId, limits }) as const);
  const remaining = await readRemaining?.(owners);
  return keys
    .flatMap((apiKey, index) => {
      const left = remaining?.[index];
      if (!left) {
        throw new GatewayError('unavailable', 'Redis, which counts the limits, does not answer: try again.');
      }
      const nearest = findNearestLimit(apiKey.limits, left);
      return nearest && nearest.usedShare >= nearLimit ? [{ apiKey, remaining: left, ...nearest }] : [];
    })
    .sort((one, other) => other.usedShare - one.usedShare);
}

function findNearestLimit(limits: Limits, remaining: Limits): Pick<KeyNearLimit, 'kind' | 'usedShare'> | undefined {
  const shares = (Object.keys(limitFieldNames) as LimitKind[]).flatMap((kind) => {
    const limit = limits[limitFieldNames[kind]];
    const left = remaining[limitFieldNames[kind]];
    if (limit == null || left == null) return [];
    return [{ kind, usedShare: Number(limit) === 0 ? 1 : (Number(limit) - Number(left)) / Number(limit) }];
  });
  return shares.sort((one, other) => other.usedShare - one.usedShare)[0];
}
