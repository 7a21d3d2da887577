import type { LimitOwner, Limits } from '../domain/limits.ts';
import { nanoUsdToDollars } from '../domain/money.ts';
import { builder } from './builder.ts';

type LimitFieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, OwnedLimits>;
type InputFieldBuilder = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** The cost of what is left: a read of Redis. */
const remainingCost = 10;

/** The limits of a key or a tenant with their owner; without one, those of its end users. */
export interface OwnedLimits extends Limits {
  readonly owner?: LimitOwner;
}

/** Adds the owner to limits, of which what is left can be read then. */
export function withOwner(limits: Limits, owner: Omit<LimitOwner, 'limits'>): OwnedLimits {
  return { ...limits, owner: { ...owner, limits } };
}

const RemainingLimitsRef = builder.objectRef<OwnedLimits>('RemainingLimits').implement({
  description: 'What is left of limits. Null: not limited. What gateways have reserved for requests counts as used.',
  fields: (t) => limitFields(t),
});

/** The limits of a key or a tenant. */
export const LimitsRef = builder.objectRef<OwnedLimits>('Limits').implement({
  description: 'How much may be used. Null: not limited.',
  fields: (t) => ({
    ...limitFields(t),
    remaining: t.field({
      type: RemainingLimitsRef,
      nullable: true,
      complexity: remainingCost,
      description:
        'What is left now. Null where Redis does not answer within a second, and for the limits of end users.',
      resolve: ({ owner }, _, { loaders }) => (owner ? loaders.remainingLimits.load(owner) : null),
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

/** The fields of limits, and of what is left of them. */
function limitFields(t: LimitFieldBuilder) {
  return {
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
  };
}
