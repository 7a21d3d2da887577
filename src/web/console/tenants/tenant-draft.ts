import { checkName, type FormProblems } from './form-problems.ts';
import {
  emptyLimits,
  type LimitDraft,
  type LimitValues,
  limitNames,
  parseLimits,
  toLimitDraft,
} from './limit-draft.ts';
import { formatNames, parseNames } from './parse-names.ts';

/** The properties of a tenant as GraphQL has them. */
export interface TenantValues {
  readonly name: string;
  readonly limits: LimitValues;
  readonly endUserLimits: LimitValues;
  readonly requireEndUser: boolean;
  readonly storeResponses: boolean;
  readonly tagNames: readonly string[];
  readonly webhookUrl: string | null;
}

/** The properties of a tenant as they are typed. */
export interface TenantDraft {
  readonly name: string;
  readonly limits: LimitDraft;
  readonly endUserLimits: LimitDraft;
  readonly requireEndUser: boolean;
  readonly storeResponses: boolean;
  readonly tagNames: string;
  readonly webhookUrl: string;
}

export const emptyTenant: TenantDraft = {
  name: '',
  limits: emptyLimits,
  endUserLimits: emptyLimits,
  requireEndUser: false,
  storeResponses: false,
  tagNames: '',
  webhookUrl: '',
};

/** The fields that an error of the gateway may name. */
export const tenantFields: readonly string[] = [
  ...['name', 'tagNames', 'webhookUrl'],
  ...limitNames.flatMap((name) => [`limits.${name}`, `endUserLimits.${name}`]),
];

/** Returns the properties of a tenant as a visitor would type them. */
export function toTenantDraft({ limits, endUserLimits, tagNames, webhookUrl, ...rest }: TenantValues): TenantDraft {
  return {
    ...{ name: rest.name, requireEndUser: rest.requireEndUser, storeResponses: rest.storeResponses },
    limits: toLimitDraft(limits),
    endUserLimits: toLimitDraft(endUserLimits),
    tagNames: formatNames(tagNames),
    webhookUrl: webhookUrl ?? '',
  };
}

/** Parses what was typed. The gateway checks what is not checked here. */
export function parseTenantDraft(draft: TenantDraft): {
  readonly values: TenantValues;
  readonly problems: FormProblems;
} {
  const limits = parseLimits(draft.limits, 'limits');
  const endUserLimits = parseLimits(draft.endUserLimits, 'endUserLimits');
  const name = draft.name.trim();
  const webhookUrl = draft.webhookUrl.trim();
  return {
    values: {
      ...{ name, requireEndUser: draft.requireEndUser, storeResponses: draft.storeResponses },
      limits: limits.values,
      endUserLimits: endUserLimits.values,
      tagNames: parseNames(draft.tagNames),
      webhookUrl: webhookUrl === '' ? null : webhookUrl,
    },
    problems: { ...checkName(name), ...limits.problems, ...endUserLimits.problems },
  };
}
