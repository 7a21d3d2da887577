import type { LimitRule } from '../domain/limits.ts';
import { sha256Sync } from '../lib/sha256.ts';

/** The subject of requests without an end user. */
export const noEndUser = 'none';
/** The subject of the end users that share counters: those beyond the bound of new ones. */
export const otherEndUsers = 'other';

const subjectBytes = 12;
export const subjectLength = 2 * subjectBytes;
/** No letter that names a budget of a key or a tenant in the record of a hold: k, t, d, m. */
const letters = 'abcefghijlnopqrs';

/**
 * Returns what Redis knows an end user by: 96 bits of the SHA-256 of its id as 24 letters. The id itself is personal data and may be
 * of any length.
 */
export function getSubject(endUser: string | undefined): string {
  if (endUser === undefined) return noEndUser;
  const digits = sha256Sync(endUser).slice(0, 2 * subjectBytes);
  return digits.replace(/./g, (digit) => letters.charAt(Number.parseInt(digit, 16)));
}

/** Returns the limit of an end user with the counters that it shares with others. */
export function shareCounters(rule: LimitRule): LimitRule {
  const { endUser } = rule;
  if (!endUser) return rule;
  return {
    ...rule,
    scopeId: endUserScopeId(endUser.ownerId, otherEndUsers),
    endUser: { ...endUser, subject: otherEndUsers, isShared: true },
  };
}

/** Returns the id of the counters of an end user, by the key or the tenant that limits it. */
export function endUserScopeId(ownerId: string, subject: string): string {
  return `${ownerId}:u:${subject}`;
}
