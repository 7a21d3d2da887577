import type { Retention } from '../domain/retention.ts';
import { builder } from './builder.ts';
import { requireScopes } from './scopes.ts';

const RetentionRef = builder.objectRef<Retention>('Retention').implement({
  description: 'For how many days data is stored that is deleted after a time.',
  fields: (t) => ({
    requestDays: t.exposeInt('requestDays', {
      description: 'LOG_RETENTION_DAYS: requests of the request log, after they started.',
    }),
    bodyDays: t.exposeInt('bodyDays', {
      description: 'BODY_RETENTION_DAYS: bodies of requests and replies, of keys that keep them. 0: none are kept.',
    }),
    responseDays: t.exposeInt('responseDays', {
      description: 'RESPONSE_RETENTION_DAYS: Responses of tenants that store them. 0: none are stored.',
    }),
    jobDays: t.exposeInt('jobDays', {
      description: 'JOB_RETENTION_DAYS: inputs, results and attempts of jobs, after they ended.',
    }),
  }),
});

builder.queryField('retention', (t) =>
  t.field({
    extensions: requireScopes('read'),
    type: RetentionRef,
    description: 'For how many days this gateway stores requests, bodies, Responses and jobs.',
    resolve: (_, __, { retention }) => retention,
  }),
);
