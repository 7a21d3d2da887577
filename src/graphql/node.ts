import { builder } from './builder.ts';

/** The object types with a global id, by the prefix of the id. */
const typeNames = {
  job: 'Job',
  ten: 'Tenant',
  key: 'ApiKey',
  whd: 'WebhookDelivery',
  prc: 'PriceOverride',
} as const;

/** `job`, `ten`, `key`, `whd` or `prc`. */
export type NodePrefix = keyof typeof typeNames;

/** Returns the prefix of a global id; undefined for a text that is none. Such a text is never looked up. */
export function parseNodePrefix(id: string): NodePrefix | undefined {
  const [, prefix = ''] = /^([a-z]{3})_\w{1,64}$/.exec(id) ?? [];
  return Object.hasOwn(typeNames, prefix) ? (prefix as NodePrefix) : undefined;
}

/** Relay's `Node`: an object that `node` finds again. */
export const NodeRef = builder.interfaceRef<{ readonly id: string }>('Node').implement({
  description: 'An object that `node` finds again by its id.',
  fields: (t) => ({ id: t.exposeID('id') }),
  resolveType: ({ id }) => {
    const prefix = parseNodePrefix(id);
    return prefix && typeNames[prefix];
  },
});
