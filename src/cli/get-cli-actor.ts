import { userInfo } from 'node:os';
import type { AuditActor } from '../domain/audit.ts';

/** Returns who runs this command, for the audit log: the user of the operating system. */
export function getCliActor(
  readUser: () => { readonly username: string; readonly uid: number } = userInfo,
): AuditActor {
  return { type: 'cli', id: readName(readUser), tenantId: null };
}

function readName(readUser: () => { readonly username: string; readonly uid: number }): string {
  try {
    const { username, uid } = readUser();
    return username.replaceAll(/\p{Cc}/gu, '').slice(0, 64) || `uid ${uid}`;
  } catch {
    // A container may run as a user without an entry in /etc/passwd.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
