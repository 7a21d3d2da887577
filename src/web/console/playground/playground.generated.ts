// Made by `npm run console:types` from the document beside it.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type ChatMessageInput = {
  readonly content: string;
  /** system, user or assistant. */
  readonly role: string;
};

/** A TEXT job has an input, a CHAT job has messages. */
export type CreateJobInput = {
  /** Your id of the user that the job is for: `x-gateway-user` of the REST API. */
  readonly endUser?: string | null | undefined;
  /** The same key with the same input gives the same job for 24 hours. */
  readonly idempotencyKey?: string | null | undefined;
  readonly input?: string | null | undefined;
  readonly maxTokens?: number | null | undefined;
  readonly messages?: ReadonlyArray<ChatMessageInput> | null | undefined;
  /** An object of up to 16 KiB, given back as it came. */
  readonly metadata?: unknown;
  /** A model, or a route. Left out, it is the provider's default. */
  readonly model?: string | null | undefined;
  /** Up to 5 models or routes, instead of `model` or behind it, and without `provider`. The next one is tried where one fails before its reply has begun. */
  readonly models?: ReadonlyArray<string> | null | undefined;
  /** Left out, it follows from the model. */
  readonly provider?: string | null | undefined;
  /** Your id of the conversation: `x-gateway-session` of the REST API. */
  readonly sessionId?: string | null | undefined;
  readonly stop?: ReadonlyArray<string> | null | undefined;
  /** Such as `team=search,env=prod`: `x-gateway-tags` of the REST API. */
  readonly tags?: string | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly topP?: number | null | undefined;
  /** Left out, it follows from what there is. */
  readonly type?: JobType | null | undefined;
  /** Told of the job's end. */
  readonly webhookUrl?: string | null | undefined;
};

export type JobType =
  | 'CHAT'
  | 'RESPONSE'
  | 'TEXT';

export type RequestCostQueryVariables = Exact<{
  id: string;
}>;


export type RequestCostQuery = { readonly request: { readonly id: string, readonly cost: number | null, readonly savedCost: number | null } | null };

export type LoggedRequestQueryVariables = Exact<{
  id: string;
}>;


export type LoggedRequestQuery = { readonly request: { readonly id: string, readonly createdAt: string, readonly path: string, readonly route: string | null, readonly provider: string | null, readonly model: string | null } | null };

export type LoggedBodiesQueryVariables = Exact<{
  id: string;
}>;


export type LoggedBodiesQuery = { readonly requestBodies: { readonly request: string | null, readonly isRequestCut: boolean } | null };

export type CreateJobMutationVariables = Exact<{
  input: CreateJobInput;
}>;


export type CreateJobMutation = { readonly createJob: { readonly id: string } };


export const RequestCostDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RequestCost"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"request"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cost"}},{"kind":"Field","name":{"kind":"Name","value":"savedCost"}}]}}]}}]} as unknown as DocumentNode<RequestCostQuery, RequestCostQueryVariables>;
export const LoggedRequestDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"LoggedRequest"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"request"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"route"}},{"kind":"Field","name":{"kind":"Name","value":"provider"}},{"kind":"Field","name":{"kind":"Name","value":"model"}}]}}]}}]} as unknown as DocumentNode<LoggedRequestQuery, LoggedRequestQueryVariables>;
export const LoggedBodiesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"LoggedBodies"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestBodies"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"requestId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"request"}},{"kind":"Field","name":{"kind":"Name","value":"isRequestCut"}}]}}]}}]} as unknown as DocumentNode<LoggedBodiesQuery, LoggedBodiesQueryVariables>;
export const CreateJobDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateJob"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateJobInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createJob"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<CreateJobMutation, CreateJobMutationVariables>;
