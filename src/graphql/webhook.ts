import { GatewayError } from '../domain/errors.ts';
import type { WebhookAttempt, WebhookDelivery } from '../domain/webhook.ts';
import { resendWebhook } from '../webhooks/resend-webhook.ts';
import type { RotatedSecret } from '../webhooks/rotate-webhook-secret.ts';
import { rotateWebhookSecret } from '../webhooks/rotate-webhook-secret.ts';
import { builder } from './builder.ts';
import { JobRef } from './job.ts';
import { NodeRef } from './node.ts';
import { requireScopes } from './scopes.ts';

const maxAttemptsCost = { field: 1, multiplier: 10 };
const deliveriesCost = { field: 1, multiplier: 1 };
const writeCost = 50;
const dayInSeconds = 86_400;

export const WebhookStatusRef = builder.enumType('WebhookStatus', {
  values: ['PENDING', 'DELIVERED', 'FAILED'] as const,
});

const WebhookAttemptRef = builder.objectRef<WebhookAttempt>('WebhookAttempt').implement({
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'From 1.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    durationMs: t.exposeInt('durationMs', { nullable: true }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'Null where there was no answer.' }),
    error: t.exposeString('error', { nullable: true, description: 'Null where it arrived.' }),
  }),
});

const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery').implement({
  interfaces: [NodeRef],
  description: "A message that tells one URL of a job's end, or of a budget that runs out.",
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The webhook-id of every attempt.' }),
    event: t.exposeString('event'),
    url: t.exposeString('url'),
    status: t.expose('status', { type: WebhookStatusRef }),
    error: t.exposeString('error', { nullable: true, description: 'Null unless it has failed.' }),
    attemptCount: t.exposeInt('attemptCount'),
    attempts: t.field({
      type: [WebhookAttemptRef],
      complexity: maxAttemptsCost,
      resolve: ({ id }, _, { loaders }) => loaders.webhookAttempts.load(id),
    }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
});

builder.objectField(JobRef, 'webhookDeliveries', (t) =>
  t.field({
    type: [WebhookDeliveryRef],
    complexity: deliveriesCost,
    resolve: ({ id, webhookUrl }, _, { loaders }) => (webhookUrl === null ? [] : loaders.deliveries.load(id)),
  }),
);

const WebhookSecretRef = builder.objectRef<RotatedSecret>('WebhookSecret').implement({
  description: 'A secret that deliveries are signed with. It is shown this once.',
  fields: (t) => ({
    id: t.exposeID('id'),
    secret: t.exposeString('secret'),
    oldSecretsEndAt: t.expose('oldSecretsEndAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when older ones sign beside it; null where there is none.',
    }),
  }),
});

builder.mutationFields((t) => ({
  resendWebhook: t.field({
    extensions: requireScopes('jobs'),
    type: WebhookDeliveryRef,
    description: 'Sends a delivery again, with the same id and the same body.',
    args: { id: t.arg.id({ required: true }) },
    complexity: writeCost,
    resolve: (_, { id }, { webhooks, principal }) => {
      if (/^whd_\w{1,64}$/.test(id)) return resendWebhook(webhooks, principal.tenantId, id);
      throw new GatewayError('not_found', `There is no webhook delivery ${id.slice(0, 64)}.`);
    },
  }),
  rotateWebhookSecret: t.field({
    extensions: requireScopes('jobs'),
    type: WebhookSecretRef,
    description: 'Makes a new secret; the older ones sign every delivery beside it for `overlapSeconds` more.',
    args: { overlapSeconds: t.arg.int({ required: true, defaultValue: dayInSeconds }) },
    complexity: writeCost,
    resolve: (_, { overlapSeconds }, { tenants, principal }) =>
      rotateWebhookSecret(tenants.database, principal.tenantId, overlapSeconds, tenants.actor),
  }),
}));
