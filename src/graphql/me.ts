import { builder } from './builder.ts';
import { anyKey } from './scopes.ts';
import { TenantRef, toOwnTenant } from './tenant.ts';

builder.queryField('me', (t) =>
  t.field({
    extensions: anyKey,
    type: TenantRef,
    description: 'Who the key of this request stands for.',
    resolve: (_, __, { principal }) => toOwnTenant(principal),
  }),
);
