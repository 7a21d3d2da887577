/** The changes that the audit log records. Their names are stored: none of them changes its meaning. */
export const auditActions = [
  ...['tenant.created', 'tenant.updated', 'tenant.limits_changed', 'tenant.suspended', 'tenant.resumed'],
  ...['api_key.created', 'api_key.updated', 'api_key.limits_changed', 'api_key.rotated', 'api_key.revoked'],
  ...['provider_key.set', 'provider_key.removed'],
  ...['price.set', 'price.unset'],
  ...['route.set', 'route.deleted'],
  'webhook_secret.rotated',
  ...['request_bodies.read', 'end_user.forgotten'],
  ...['usage.repaired', 'budget.repaired', 'hold.settled'],
  ...['ledger.archived', 'ledger.archive_dropped'],
] as const;

export type AuditAction = (typeof auditActions)[number];

/** The kinds of objects that the audit log has entries of. */
export const auditSubjectTypes = [
  ...['tenant', 'api_key', 'provider_key', 'price', 'route', 'webhook_secret', 'usage', 'budget', 'hold', 'request'],
  'ledger',
] as const;

export type AuditSubjectType = (typeof auditSubjectTypes)[number];

export const auditActorTypes = ['key', 'cli'] as const;

/** Who makes a change: an API key over GraphQL, or a user of the machine on which a command runs. */
export interface AuditActor {
  readonly type: (typeof auditActorTypes)[number];
  /** The id of the key, or the name of the user of the operating system. */
  readonly id: string;
  /** The tenant of the key; null for a command. */
  readonly tenantId: string | null;
}

/** What an entry says of a change, beside its id and its time. */
export interface AuditRecord {
  readonly actor: AuditActor;
  /** The tenant whose object was changed; null: the object is one of all tenants. */
  readonly tenantId: string | null;
  readonly action: AuditAction;
  readonly subjectType: AuditSubjectType;
  readonly subjectId: string;
  /** The fields that have changed, as they were; null: there was no such object. Never a secret, a hash of one or a prompt. */
  readonly before: AuditValues | null;
  /** The same fields as they are now; null: there is no such object any more. */
  readonly after: AuditValues | null;
}

/** Fields by the names of the API. Money is dollars as decimal text. */
export type AuditValues = Readonly<Record<string, unknown>>;

/** An entry of the audit log. It is written with its change, and never changed. */
export interface AuditEntry extends AuditRecord {
  /** `aud_…` */
  readonly id: string;
  readonly createdAt: Date;
}

/** Returns whether a text has the form of an entry's id. A text that has not is never looked up. */
export function isAuditEntryId(text: string): boolean {
  return /^aud_\w{1,64}$/.test(text);
}
