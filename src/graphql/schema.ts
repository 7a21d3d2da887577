import './alert.ts';
import './api-key-admin.ts';
import './audit-log.ts';
import './job-mutations.ts';
import './job-queries.ts';
import './job-subscriptions.ts';
import './me.ts';
import './node-queries.ts';
import './price-admin.ts';
import './provider.ts';
import './provider-key-admin.ts';
import './request-queries.ts';
import './request-subscriptions.ts';
import './request-bodies.ts';
import './retention.ts';
import './route-mutations.ts';
import './route-queries.ts';
import './tenant-admin.ts';
import './usage.ts';
import './webhook.ts';
import { builder } from './builder.ts';
import { limitEnumSuggestions } from './limit-enum-suggestions.ts';
import { logRefusedJobs } from './refused-jobs.ts';
import { guardRootFields } from './scopes.ts';

/** The schema. `schema.graphql` is its printed form. */
export const schema = logRefusedJobs(guardRootFields(limitEnumSuggestions(builder.toSchema())));
