import type { Limits } from '../domain/limits.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { builder } from './builder.ts';

type InputFieldBuilder = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** The limits of a key or a tenant. */
export const LimitsRef = builder.objectRef<Limits>('Limits').implement({
  description: 'How much may be used. Null: not limited.',
  fields: (t) => ({
    requestsPerMinute: t.int({ nullable: true, resolve: ({ requestsPerMinute }) => requestsPerMinute }),
    tokensPerMinute: t.int({ nullable: true, resolve: ({ tokensPerMinute }) => tokensPerMinute }),
    concurrency: t.int({
      nullable: true,
      description: 'Calls that are under way at once.',
      resolve: ({ concurrency }) => concurrency,
    }),
    dailyBudget: t.float({
      nullable: true,
      description: 'Dollars in a day, UTC.',
      resolve: ({ dailyBudgetNanoUsd }) => toDollars(dailyBudgetNanoUsd),
    }),
    monthlyBudget: t.float({
      nullable: true,
      description: 'Dollars in a month, UTC.',
      resolve: ({ monthlyBudgetNanoUsd }) => toDollars(monthlyBudgetNanoUsd),
    }),
  }),
});

/** Limits to set. `limitsSchema` (src/tenants/limits-input.ts) parses them. */
export const LimitsInputRef = builder.inputType('LimitsInput', {
  description: 'Null takes a limit away; what is left out stays.',
  fields: (t) => ({
    requestsPerMinute: t.int(),
    tokensPerMinute: t.int(),
    concurrency: t.int({ description: 'Calls that are under way at once.' }),
    dailyBudget: t.float({ description: 'Dollars in a day, UTC: 0 to 9000000, at most 9 digits after the point.' }),
    monthlyBudget: t.float({ description: 'Dollars in a month, UTC.' }),
  }),
});

export const endUserLimitsDescription =
  'Those of each end user, within the other limits. Requests without an end user count as one.';
export const requireEndUserDescription = 'True: a request that names no end user is a 400.';

/** The fields of an input that sets the limits of end users. */
export function endUserInputFields(t: InputFieldBuilder) {
  return {
    endUserLimits: t.field({ type: LimitsInputRef, description: endUserLimitsDescription }),
    requireEndUser: t.boolean({ description: requireEndUserDescription }),
  };
}

function toDollars(amount: bigint | null | undefined): number | null {
  return amount == null ? null : nanoUsdToDollars(amount);
}
