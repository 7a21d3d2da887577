import { builder } from './builder.ts';

const UsageTagFilterRef = builder.inputType('UsageTagFilter', {
  fields: (t) => ({
    name: t.string({ required: true }),
    value: t.string({ description: 'Left out: all values.' }),
  }),
});

/** The filter of `usage`. */
export const UsageFilterRef = builder.inputType('UsageFilter', {
  description:
    'What is left out is not filtered. All of keyId, provider, model and source must match. Only one of endUser, tag and route can be used at once, and with none of the others.',
  fields: (t) => ({
    keyId: t.id(),
    provider: t.string({ description: "The provider's id." }),
    model: t.string(),
    source: t.string({ description: 'sync, stream or job.' }),
    endUser: t.string({ description: 'The id of an end user, `(none)` or `(other)`.' }),
    tag: t.field({ type: UsageTagFilterRef }),
    route: t.string({ description: 'The name of a route, or `(none)`.' }),
  }),
});
