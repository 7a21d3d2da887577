import { builder } from './builder.ts';
import { forEveryKey } from './scopes.ts';
import { TenantRef } from './tenant.ts';

builder.queryField('me', (t) =>
  t.field({
    extensions: forEveryKey,
    type: TenantRef,
    description: 'Who the key of this request stands for.',
    resolve: (_, __, { caller }) => ({
      id: caller.tenantId,
      name: caller.tenantName,
      active: caller.tenantActive,
      limits: caller.tenantLimits,
    }),
  }),
);
