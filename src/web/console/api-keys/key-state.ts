export type KeyState = 'valid' | 'rotated' | 'expired' | 'revoked';

interface KeyTimes {
  readonly id: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** The gateway lists no more keys of a tenant. */
export const maxListedKeys = 1_000;

/** Returns the ids of the keys that others take the place of. */
export function findRotatedKeys(keys: readonly { readonly rotatedFrom: string | null }[]): ReadonlySet<string> {
  return new Set(keys.flatMap(({ rotatedFrom }) => rotatedFrom ?? []));
}

/** Returns the state of a key. A rotated key still works until it expires. */
export function getKeyState(
  { id, expiresAt, revokedAt }: KeyTimes,
  rotatedKeyIds: ReadonlySet<string>,
  nowMs: number,
): KeyState {
  if (revokedAt !== null) return 'revoked';
  if (rotatedKeyIds.has(id)) return 'rotated';
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? 'expired' : 'valid';
}
