/** The actions that the audit log can be filtered by, as the gateway names them. */
export const auditActionNames: readonly string[] = [
  ...['tenant.created', 'tenant.updated', 'tenant.limits_changed', 'tenant.suspended', 'tenant.resumed'],
  ...['api_key.created', 'api_key.updated', 'api_key.limits_changed', 'api_key.rotated', 'api_key.revoked'],
  ...['provider_key.set', 'provider_key.removed'],
  ...['price.set', 'price.unset'],
  ...['route.set', 'route.deleted'],
  'webhook_secret.rotated',
  ...['request_bodies.read', 'end_user.forgotten'],
  ...['usage.repaired', 'budget.repaired', 'hold.settled'],
  ...['ledger.archived', 'ledger.archive_dropped'],
];
