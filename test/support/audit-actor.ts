import type { AuditActor } from '../../src/domain/audit.ts';

/** Who makes the changes of a test. */
export const auditActor: AuditActor = { type: 'cli', id: 'test', tenantId: null };
