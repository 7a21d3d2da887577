import type { ReasoningEffort } from '../domain/reasoning-effort.ts';

/** The wire protocol that a vendor speaks. `stub` is OpenAI's, answered in process. */
export type WireProtocol = 'openai' | 'anthropic' | 'ollama' | 'stub';

/** The values of GraphQL's `ProviderType`. */
export const providerTypes = ['OPENAI', 'ANTHROPIC', 'OLLAMA', 'STUB', 'OPENAI_COMPATIBLE'] as const;

/** Everything that is specific to one vendor, as data. */
export interface ProviderDescriptor {
  /** What callers write as `provider`, and what the ledger and the price overrides hold. */
  readonly id: string;
  /** Other names that callers may write for it. */
  readonly aliases: readonly string[];
  /** For people, in errors and lists: `OpenAI`. */
  readonly displayName: string;
  readonly type: (typeof providerTypes)[number];
  readonly protocol: WireProtocol;
  /** The vendor's own. Absent: `baseUrlVariable` has to be set. */
  readonly baseUrl?: string;
  /** The variable that moves the base URL. */
  readonly baseUrlVariable?: string;
  /** The variables that can hold the API key; the first that is set counts. Empty: the gateway needs none. */
  readonly apiKeyVariables: readonly string[];
  /** Whether it works with an API key, so that a tenant can bring its own. */
  readonly takesApiKey: boolean;
  /**
   * Takes part in the resolution of names only where the operator or the tenant has configured it, and COMPATIBLE_PROVIDERS may
   * use its name. Absent: its names are reserved.
   */
  readonly isOptional?: boolean;
  /** Answers without a key and a base URL: by default where ENVIRONMENT is local, elsewhere only as DEFAULT_PROVIDER. */
  readonly isLocalDefault?: boolean;
  /** Models whose names alone lead to this provider. */
  readonly modelPatterns: readonly RegExp[];
  /** Models that lead to this provider by their whole names, and that are listed. */
  readonly models?: readonly string[];
  /** The model of a request that names none. Absent: a request has to name one. */
  readonly defaultModel?: string | undefined;
  /** What the price list calls the vendor; null: its calls are free. */
  readonly pricingVendor: string | null;
  /**
   * Returns the most tokens that one of the vendor's models can write, by its name in lower case; undefined for a name that
   * is not the vendor's.
   */
  readonly getMaxOutputTokens?: (model: string) => number | undefined;
  /**
   * Returns the efforts that one of the vendor's models has, in ascending order; empty for one that cannot reason, undefined
   * for one that is not known. Absent: no model is known.
   */
  readonly getReasoningEfforts?: (model: string) => readonly ReasoningEffort[] | undefined;
  /**
   * Whether clients get the list at `GET /models` below its base URL. False: there is none, or its names cannot be called. Absent:
   * clients get a list of the build, or of the operator; a tenant with a key of its own also that of its account.
   */
  readonly hasModelList?: boolean;
  /** The models of its list that belong to one account, beside those that say so. */
  readonly privateModels?: RegExp;
  readonly quirks?: Quirks;
}

/** Where a vendor departs from what the vendors of its wire protocol have in common. All of these are of OpenAI's protocol. */
export interface Quirks {
  /** Models that want `max_completion_tokens` and refuse `max_tokens`. */
  readonly maxCompletionTokensModels?: RegExp;
  /** The field of the end user's id. Absent: `user`. */
  readonly userIdField?: 'user' | 'safety_identifier';
  /** A request with more stop sequences is refused here. Absent: the vendor decides. */
  readonly maxStopSequences?: number;
  /** Models that reason refuse sampling parameters and most refuse stop sequences. */
  readonly hasFixedSampling?: boolean;
  /** Takes `top_k`, which is not a part of the protocol. */
  readonly hasTopK?: boolean;
  /** Whether the vendor has `/responses`. Absent: not known, and a 404 means that it has not. */
  readonly hasResponses?: boolean;
  /** Has neither moderations nor pictures nor audio. */
  readonly isTextOnly?: boolean;
  /** False: the vendor refuses `stream_options`. */
  readonly includeUsage?: boolean;
  /** True: a stream that ends without `[DONE]` was cut off, also behind a finish reason. */
  readonly requiresDone?: boolean;
  /** The vendor refuses tool calls that come back without its `reasoning_content`. */
  readonly requiresReasoningContent?: boolean;
  /** Models that refuse tool calls that come back without their `thought_signature`. */
  readonly thoughtSignatureModels?: RegExp;
  /** What the vendor refuses of a request. A translated request goes without it. */
  readonly refusedFields?: RefusedFields;
  /** The field of the seed. Absent: `seed`. */
  readonly seedField?: 'random_seed';
  /** The temperatures that the vendor takes. Absent: those of OpenAI. */
  readonly temperatureRange?: readonly [min: number, max: number];
  /** Models that take `auto` and `none` for a `tool_choice`, and refuse to be forced. */
  readonly autoToolChoiceModels?: RegExp;
  /** False: the vendor has JSON mode and no JSON schemas. */
  readonly hasJsonSchema?: boolean;
  /** The vendor refuses ids of tool calls that are not this many letters and digits. */
  readonly toolCallIdLength?: number;
  /** The vendor refuses a user message directly behind the results of tools. */
  readonly requiresAssistantAfterTools?: boolean;
  /** The vendor refuses two user messages in a row. */
  readonly requiresAlternatingRoles?: boolean;
}

/** The fields that a request can do without. */
export type RefusableField =
  | 'temperature'
  | 'top_p'
  | 'stop'
  | 'seed'
  | 'frequency_penalty'
  | 'presence_penalty'
  | 'parallel_tool_calls'
  | 'user';

/** Fields of a request that a vendor refuses. */
export interface RefusedFields {
  readonly names: readonly RefusableField[];
  /** The models that refuse them. Absent: all. */
  readonly models?: RegExp;
}
