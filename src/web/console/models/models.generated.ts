// Made by `npm run console:types` from the document beside it.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** `auto` marks what vendors can cache of a prompt. */
export type PromptCache =
  | 'auto'
  | 'off';

export type ProviderType =
  | 'ANTHROPIC'
  | 'OLLAMA'
  | 'OPENAI'
  | 'OPENAI_COMPATIBLE'
  | 'STUB';

export type RequestStatus =
  /** The client has disconnected. */
  | 'CLIENT_GONE'
  | 'COMPLETED'
  | 'FAILED'
  /** No provider was asked. */
  | 'REFUSED';

export type RouteCacheInput = {
  /** 0–86400, by default 0: replies are not cached. */
  readonly ttlSeconds?: number | null | undefined;
};

export type RouteRetryInput = {
  /** The maximum of attempts over all targets: 1–10, by default 3. */
  readonly attempts?: number | null | undefined;
  /** 1000–600000, by default 60000. */
  readonly deadlineMs?: number | null | undefined;
};

export type RouteTargetInput = {
  /** 100–600000; left out: FIRST_BYTE_TIMEOUT_MS. */
  readonly firstByteTimeoutMs?: number | null | undefined;
  /** As the provider calls it. */
  readonly model: string;
  /** Fields of the request that this target gets: temperature, topP, topK, maxTokens, stop, seed, frequencyPenalty, presencePenalty, reasoningEffort, parallelToolCalls. At most 4 KB. */
  readonly params?: unknown;
  /** The provider's id, or an alias. Never a route. */
  readonly provider: string;
  /** 1–20; 1 is tried first, and is the default. */
  readonly tier?: number | null | undefined;
  /** The share among the targets of its tier: 1–1000, by default 1. */
  readonly weight?: number | null | undefined;
};

export type RouteTargetState =
  | 'AVAILABLE'
  /** It has failed, and is not tried for a while. */
  | 'COOLING_DOWN'
  /** The key's allowed providers or models exclude it. */
  | 'NOT_ALLOWED'
  /** Neither the gateway nor the tenant has a key for it. */
  | 'NOT_CONFIGURED';

/** Dollars per million tokens as decimal texts such as "0.15": 0 to 1000000, with at most 12 digits after the point. */
export type SetPriceInput = {
  /** Left out: as input. */
  readonly cacheRead?: string | null | undefined;
  /** Left out: as input. */
  readonly cacheWrite?: string | null | undefined;
  /** Left out: as cacheWrite. */
  readonly cacheWriteOneHour?: string | null | undefined;
  readonly input: string;
  /** As calls name it, or as the provider reports it, in any case. */
  readonly model: string;
  /** Left out only for models that write nothing, such as those of embeddings. */
  readonly output?: string | null | undefined;
  readonly provider: string;
  /** Left out: as output. */
  readonly reasoning?: string | null | undefined;
};

/** The whole route: what is left out gets its default. */
export type SetRouteInput = {
  readonly cache?: RouteCacheInput | null | undefined;
  /** Matches ^[a-z0-9][a-z0-9._-]{0,62}$. */
  readonly name: string;
  /** By default off. */
  readonly promptCache?: PromptCache | null | undefined;
  readonly retry?: RouteRetryInput | null | undefined;
  /** By default none. */
  readonly sticky?: Sticky | null | undefined;
  /** 1–20. */
  readonly targets: ReadonlyArray<RouteTargetInput>;
  /** Left out: the tenant of this key. Null: global, for all tenants. A tenant's route goes first. */
  readonly tenantId?: string | null | undefined;
};

/** Keeps the requests of a session or an end user on one target. */
export type Sticky =
  | 'endUser'
  | 'none'
  | 'session';

export type RoutesQueryVariables = Exact<{ [key: string]: never; }>;


export type RoutesQuery = { readonly routes: ReadonlyArray<{ readonly name: string, readonly tenantId: string | null, readonly version: number, readonly targets: ReadonlyArray<{ readonly provider: string, readonly model: string, readonly tier: number, readonly weight: number, readonly params: unknown, readonly firstByteTimeoutMs: number | null }> }> };

export type RouteDetailsQueryVariables = Exact<{
  name: string;
}>;


export type RouteDetailsQuery = { readonly route: { readonly name: string, readonly tenantId: string | null, readonly version: number, readonly sticky: Sticky, readonly promptCache: PromptCache, readonly targets: ReadonlyArray<{ readonly provider: string, readonly model: string, readonly tier: number, readonly weight: number, readonly params: unknown, readonly firstByteTimeoutMs: number | null }>, readonly retry: { readonly attempts: number, readonly deadlineMs: number }, readonly cache: { readonly ttlSeconds: number }, readonly versions: ReadonlyArray<{ readonly id: string, readonly version: number, readonly deleted: boolean, readonly definition: unknown, readonly changedBy: string | null, readonly createdAt: string }> } | null };

export type ExplainRouteQueryVariables = Exact<{
  name: string;
}>;


export type ExplainRouteQuery = { readonly explainRoute: { readonly targets: ReadonlyArray<{ readonly provider: string, readonly model: string, readonly tier: number, readonly weight: number, readonly params: unknown, readonly firstByteTimeoutMs: number | null, readonly state: RouteTargetState, readonly reason: string | null, readonly price: { readonly inputPrice: number | null, readonly outputPrice: number | null } | null }> } };

export type SetRouteMutationVariables = Exact<{
  input: SetRouteInput;
}>;


export type SetRouteMutation = { readonly setRoute: { readonly name: string, readonly version: number, readonly warnings: ReadonlyArray<string> } };

export type DeleteRouteMutationVariables = Exact<{
  name: string;
  tenantId?: string | null | undefined;
}>;


export type DeleteRouteMutation = { readonly deleteRoute: { readonly version: number } };

export type ProvidersQueryVariables = Exact<{ [key: string]: never; }>;


export type ProvidersQuery = { readonly providers: ReadonlyArray<{ readonly id: string, readonly name: string, readonly type: ProviderType, readonly enabled: boolean, readonly setting: string | null, readonly defaultModel: string | null, readonly models: ReadonlyArray<{ readonly id: string, readonly inputPrice: number | null, readonly outputPrice: number | null, readonly cacheReadPrice: number | null, readonly cacheWritePrice: number | null }> }> };

export type ProviderKeysQueryVariables = Exact<{
  tenantId: string;
}>;


export type ProviderKeysQuery = { readonly providerKeys: ReadonlyArray<{ readonly provider: string, readonly ending: string }> };

export type PriceOverridesQueryVariables = Exact<{ [key: string]: never; }>;


export type PriceOverridesQuery = { readonly priceOverrides: ReadonlyArray<{ readonly id: string, readonly provider: string, readonly model: string, readonly unset: boolean, readonly input: string | null, readonly output: string | null, readonly cacheRead: string | null, readonly cacheWrite: string | null, readonly cacheWriteOneHour: string | null, readonly reasoning: string | null, readonly createdAt: string }> };

export type SetPriceMutationVariables = Exact<{
  input: SetPriceInput;
}>;


export type SetPriceMutation = { readonly setPrice: { readonly id: string, readonly provider: string, readonly model: string, readonly unset: boolean, readonly input: string | null, readonly output: string | null, readonly cacheRead: string | null, readonly cacheWrite: string | null, readonly cacheWriteOneHour: string | null, readonly reasoning: string | null, readonly createdAt: string } };

export type UnsetPriceMutationVariables = Exact<{
  provider: string;
  model: string;
}>;


export type UnsetPriceMutation = { readonly unsetPrice: { readonly id: string, readonly provider: string, readonly model: string, readonly unset: boolean, readonly input: string | null, readonly output: string | null, readonly cacheRead: string | null, readonly cacheWrite: string | null, readonly cacheWriteOneHour: string | null, readonly reasoning: string | null, readonly createdAt: string } };

export type TestedRequestQueryVariables = Exact<{
  id: string;
}>;


export type TestedRequestQuery = { readonly request: { readonly id: string, readonly cost: number | null, readonly attempts: ReadonlyArray<{ readonly number: number, readonly provider: string, readonly model: string, readonly status: RequestStatus, readonly errorCode: string | null, readonly totalMs: number, readonly cost: number | null }> } | null };

export type TargetSettingsFragment = { readonly provider: string, readonly model: string, readonly tier: number, readonly weight: number, readonly params: unknown, readonly firstByteTimeoutMs: number | null };

export type PriceOverrideEntryFragment = { readonly id: string, readonly provider: string, readonly model: string, readonly unset: boolean, readonly input: string | null, readonly output: string | null, readonly cacheRead: string | null, readonly cacheWrite: string | null, readonly cacheWriteOneHour: string | null, readonly reasoning: string | null, readonly createdAt: string };

export const TargetSettingsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TargetSettings"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RouteTarget"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"tier"}},{"kind":"Field","name":{"kind":"Name","value":"weight"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"firstByteTimeoutMs"}}]}}]} as unknown as DocumentNode<TargetSettingsFragment, unknown>;
export const PriceOverrideEntryFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PriceOverrideEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PriceOverride"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"unset"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"cacheRead"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWrite"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWriteOneHour"}},{"kind":"Field","name":{"kind":"Name","value":"reasoning"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<PriceOverrideEntryFragment, unknown>;
export const RoutesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Routes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"routes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"tenantId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"targets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TargetSettings"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TargetSettings"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RouteTarget"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"tier"}},{"kind":"Field","name":{"kind":"Name","value":"weight"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"firstByteTimeoutMs"}}]}}]} as unknown as DocumentNode<RoutesQuery, RoutesQueryVariables>;
export const RouteDetailsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RouteDetails"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"route"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"tenantId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"targets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TargetSettings"}}]}},{"kind":"Field","name":{"kind":"Name","value":"retry"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"attempts"}},{"kind":"Field","name":{"kind":"Name","value":"deadlineMs"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sticky"}},{"kind":"Field","name":{"kind":"Name","value":"promptCache"}},{"kind":"Field","name":{"kind":"Name","value":"cache"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ttlSeconds"}}]}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"deleted"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}},{"kind":"Field","name":{"kind":"Name","value":"changedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TargetSettings"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RouteTarget"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"tier"}},{"kind":"Field","name":{"kind":"Name","value":"weight"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"firstByteTimeoutMs"}}]}}]} as unknown as DocumentNode<RouteDetailsQuery, RouteDetailsQueryVariables>;
export const ExplainRouteDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExplainRoute"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"explainRoute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"targets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"tier"}},{"kind":"Field","name":{"kind":"Name","value":"weight"}},{"kind":"Field","name":{"kind":"Name","value":"params"}},{"kind":"Field","name":{"kind":"Name","value":"firstByteTimeoutMs"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"price"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inputPrice"}},{"kind":"Field","name":{"kind":"Name","value":"outputPrice"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ExplainRouteQuery, ExplainRouteQueryVariables>;
export const SetRouteDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SetRoute"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SetRouteInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setRoute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"warnings"}}]}}]}}]} as unknown as DocumentNode<SetRouteMutation, SetRouteMutationVariables>;
export const DeleteRouteDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"DeleteRoute"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"tenantId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteRoute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"Argument","name":{"kind":"Name","value":"tenantId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"tenantId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}}]}}]}}]} as unknown as DocumentNode<DeleteRouteMutation, DeleteRouteMutationVariables>;
export const ProvidersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Providers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"providers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"setting"}},{"kind":"Field","name":{"kind":"Name","value":"defaultModel"}},{"kind":"Field","name":{"kind":"Name","value":"models"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"inputPrice"}},{"kind":"Field","name":{"kind":"Name","value":"outputPrice"}},{"kind":"Field","name":{"kind":"Name","value":"cacheReadPrice"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWritePrice"}}]}}]}}]}}]} as unknown as DocumentNode<ProvidersQuery, ProvidersQueryVariables>;
export const ProviderKeysDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ProviderKeys"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"tenantId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"providerKeys"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"tenantId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"tenantId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"ending"}}]}}]}}]} as unknown as DocumentNode<ProviderKeysQuery, ProviderKeysQueryVariables>;
export const PriceOverridesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PriceOverrides"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"priceOverrides"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PriceOverrideEntry"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PriceOverrideEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PriceOverride"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"unset"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"cacheRead"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWrite"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWriteOneHour"}},{"kind":"Field","name":{"kind":"Name","value":"reasoning"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<PriceOverridesQuery, PriceOverridesQueryVariables>;
export const SetPriceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SetPrice"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SetPriceInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setPrice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PriceOverrideEntry"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PriceOverrideEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PriceOverride"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"unset"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"cacheRead"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWrite"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWriteOneHour"}},{"kind":"Field","name":{"kind":"Name","value":"reasoning"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<SetPriceMutation, SetPriceMutationVariables>;
export const UnsetPriceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UnsetPrice"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"provider"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"model"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"unsetPrice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"provider"},"value":{"kind":"Variable","name":{"kind":"Name","value":"provider"}}},{"kind":"Argument","name":{"kind":"Name","value":"model"},"value":{"kind":"Variable","name":{"kind":"Name","value":"model"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PriceOverrideEntry"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PriceOverrideEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PriceOverride"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"unset"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"cacheRead"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWrite"}},{"kind":"Field","name":{"kind":"Name","value":"cacheWriteOneHour"}},{"kind":"Field","name":{"kind":"Name","value":"reasoning"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<UnsetPriceMutation, UnsetPriceMutationVariables>;
export const TestedRequestDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"TestedRequest"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"request"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cost"}},{"kind":"Field","name":{"kind":"Name","value":"attempts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"errorCode"}},{"kind":"Field","name":{"kind":"Name","value":"totalMs"}},{"kind":"Field","name":{"kind":"Name","value":"cost"}}]}}]}}]}}]} as unknown as DocumentNode<TestedRequestQuery, TestedRequestQueryVariables>;
