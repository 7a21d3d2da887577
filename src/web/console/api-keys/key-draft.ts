import { checkName, type FormProblems } from '../tenants/form-problems.ts';
import {
  emptyLimits,
  type LimitDraft,
  type LimitValues,
  limitNames,
  parseLimits,
  toLimitDraft,
} from '../tenants/limit-draft.ts';
import { formatNames, parseNames } from '../tenants/parse-names.ts';
import type { BodyRetention } from './api-keys.generated.ts';

/** The settings that are the same in GraphQL and in the form. */
interface KeySettings {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly requireEndUser: boolean;
  readonly strict: boolean;
  readonly keepBodies: BodyRetention;
}

/** The settings of an API key as GraphQL has them. */
export interface KeyValues extends KeySettings {
  readonly limits: LimitValues;
  readonly endUserLimits: LimitValues;
  readonly allowedModels: readonly string[] | null;
  readonly allowedProviders: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly endUser: string | null;
}

/** The settings of an API key as they are typed. */
export interface KeyDraft extends KeySettings {
  readonly limits: LimitDraft;
  readonly endUserLimits: LimitDraft;
  readonly allowedModels: string;
  readonly allowedProviders: string;
  /** The last day on which the key works, in UTC: 2026-12-31. */
  readonly lastDay: string;
  readonly endUser: string;
}

/** The scopes, with what they allow. */
export const scopeHints = {
  chat: 'send requests to models',
  jobs: 'create, read, cancel and retry jobs, and manage their webhooks',
  read: 'read the usage, requests, jobs and routes of its tenant',
  admin: 'read and change all tenants, their keys, routes and prices',
} as const;

export const allScopes = Object.keys(scopeHints) as (keyof typeof scopeHints)[];

/** A new key, with the scopes that the gateway gives where none are named. */
export const emptyKey: KeyDraft = {
  name: '',
  scopes: ['chat', 'jobs', 'read'],
  limits: emptyLimits,
  endUserLimits: emptyLimits,
  allowedModels: '',
  allowedProviders: '',
  lastDay: '',
  endUser: '',
  requireEndUser: false,
  strict: false,
  keepBodies: 'NONE',
};

/** The fields that an error of the gateway may name. */
export const keyFields: readonly string[] = [
  ...['name', 'scopes', 'allowedModels', 'allowedProviders', 'expiresAt', 'endUser', 'keepBodies'],
  ...limitNames.flatMap((name) => [`limits.${name}`, `endUserLimits.${name}`]),
];

/** Returns the settings of a key as a visitor would type them. */
export function toKeyDraft(key: KeyValues): KeyDraft {
  return {
    ...pickSettings(key),
    limits: toLimitDraft(key.limits),
    endUserLimits: toLimitDraft(key.endUserLimits),
    allowedModels: formatNames(key.allowedModels),
    allowedProviders: formatNames(key.allowedProviders),
    lastDay: key.expiresAt?.slice(0, 'YYYY-MM-DD'.length) ?? '',
    endUser: key.endUser ?? '',
  };
}

/** Parses what was typed. The gateway checks what is not checked here. */
export function parseKeyDraft(draft: KeyDraft): { readonly values: KeyValues; readonly problems: FormProblems } {
  const limits = parseLimits(draft.limits, 'limits');
  const endUserLimits = parseLimits(draft.endUserLimits, 'endUserLimits');
  const endUser = draft.endUser.trim();
  const settings = pickSettings({ ...draft, name: draft.name.trim() });
  return {
    values: {
      ...settings,
      limits: limits.values,
      endUserLimits: endUserLimits.values,
      allowedModels: parseAllowed(draft.allowedModels),
      allowedProviders: parseAllowed(draft.allowedProviders),
      expiresAt: draft.lastDay === '' ? null : `${draft.lastDay}T23:59:59.000Z`,
      endUser: endUser === '' ? null : endUser,
    },
    problems: {
      ...checkName(settings.name),
      ...(draft.scopes.length === 0 && { scopes: 'Choose at least one scope.' }),
      ...limits.problems,
      ...endUserLimits.problems,
    },
  };
}

function pickSettings({ name, scopes, requireEndUser, strict, keepBodies }: KeySettings): KeySettings {
  // In one order, so that a scope that is removed and added again is no change.
  return { name, scopes: allScopes.filter((scope) => scopes.includes(scope)), requireEndUser, strict, keepBodies };
}

/** No names: any are allowed. */
function parseAllowed(text: string): readonly string[] | null {
  const names = parseNames(text);
  return names.length === 0 ? null : names;
}
