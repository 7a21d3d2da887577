import { listAlerts } from '../db/queries/alerts.ts';
import type { Alert, AlertDelivery } from '../domain/alert.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';
import { WebhookStatusRef } from './webhook.ts';

const maxAlerts = 1000;

const AlertDeliveryRef = builder.objectRef<AlertDelivery>('AlertDelivery').implement({
  description: "The webhook of an alert's last event.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The webhook-id of every attempt.' }),
    status: t.expose('status', { type: WebhookStatusRef }),
    error: t.exposeString('error', { nullable: true, description: 'Null unless it has failed.' }),
    attemptCount: t.exposeInt('attemptCount'),
  }),
});

const AlertRef = builder.objectRef<Alert>('Alert').implement({
  description: 'An alert to the operator, and its state. The counts are those of its last event.',
  fields: (t) => ({
    name: t.exposeString('name', { description: '`provider.degraded` or `jobs.failing`.' }),
    subject: t.exposeString('subject', { description: 'The provider; `jobs` for `jobs.failing`.' }),
    active: t.exposeBoolean('active'),
    since: t.expose('since', { type: 'DateTime', description: 'When it became active, or when it ended.' }),
    attempts: t.exposeInt('attempts', { description: 'Attempts of five minutes.' }),
    failed: t.exposeInt('failed', { description: 'Those among them that failed.' }),
    errorCodes: t.exposeStringList('errorCodes'),
    sampleRequestIds: t.exposeStringList('sampleRequestIds', {
      description: 'Up to five that failed, the newest first.',
    }),
    delivery: t.expose('delivery', {
      type: AlertDeliveryRef,
      nullable: true,
      description: 'Null once it has been deleted.',
    }),
  }),
});

builder.queryField('alerts', (t) =>
  t.field({
    extensions: requireScopes('admin'),
    type: [AlertRef],
    description: 'The alerts that have been sent at least once: the active ones first, then those that ended last.',
    complexity: { field: 1, multiplier: 50 },
    resolve: (_, __, { tenants }) => listAlerts(tenants.database, maxAlerts),
  }),
);
