import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import type { EncryptedProviderKey } from '../domain/principal.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import type { Provider } from './provider.ts';

/** A provider that callers can name, configured or not. */
export interface RegistryEntry extends ProviderDescriptor {
  /** Absent where it is not configured. */
  readonly provider: Provider | undefined;
  /** The same with the operator's further API keys. Absent where it has one. */
  readonly withOtherKeys?: readonly Provider[];
  /** What configures it: `GROQ_API_KEY`. */
  readonly setting: string;
  /** Creates it with a tenant's own API key, configured or not. Absent for a provider that takes none. */
  readonly withKey?: ((apiKey: string) => Provider) | undefined;
  /** Whether a model's name alone says that it is this provider's. */
  readonly serves: (model: string) => boolean;
}

interface Defaults {
  /** DEFAULT_PROVIDER, where it is set. */
  readonly provider: string | undefined;
  /** The id of the provider of a call that names neither provider nor model, where DEFAULT_PROVIDER is not set. */
  readonly fallback: string | undefined;
  /** DEFAULT_MODEL, which belongs to the default provider. */
  readonly model: string | undefined;
}

interface RequestedTarget {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** The tenant's own keys for providers, as far as they decide which providers it can name. */
export type OwnKeys = readonly Pick<EncryptedProviderKey, 'provider'>[];

interface ChooseOptions {
  readonly ownKeys?: OwnKeys;
  /** Lists the names of models from which an error suggests the nearest. */
  readonly listModelNames?: () => readonly string[];
}

/**
 * Chooses the provider and the model of a call. A model's name leads to a provider in this order: the one that lists it, the one
 * whose name stands before it (`groq/…`), the patterns of the built-in providers, DEFAULT_PROVIDER, the patterns of the vendors. A
 * vendor that neither the operator nor the tenant has configured takes no part in it.
 */
export class ProviderRegistry {
  readonly entries: readonly RegistryEntry[];
  readonly #defaults: Defaults;
  /** The configured providers that list models, and those whose patterns every model's name is compared with. */
  readonly #listing: readonly RegistryEntry[];
  readonly #builtIn: readonly RegistryEntry[];

  constructor(entries: readonly RegistryEntry[], defaults: Defaults) {
    this.entries = entries;
    this.#defaults = defaults;
    this.#listing = entries.filter(({ provider, models }) => provider !== undefined && models !== undefined);
    this.#builtIn = entries.filter(({ isOptional }) => !isOptional);
  }

  /** Returns the provider as it is configured. Throws `invalid_request` that names the variable to set. */
  configured(entry: RegistryEntry): Provider {
    if (entry.provider) return entry.provider;
    throw new GatewayError(
      'invalid_request',
      `provider "${entry.id}" is not configured: set ${entry.setting}, or name another provider.`,
    );
  }

  /** Returns the model of a call to a provider. Throws `invalid_request` where it has to be named. */
  modelFor(target: RequestedTarget, provider: Provider): string {
    const model = target.model ?? this.defaultModel(provider);
    if (model !== undefined) return model;
    throw invalidFieldError(['model'], `is missing, and provider "${provider.id}" has no default model`);
  }

  /** Returns the model of a call that names the provider only; undefined where a call must name one. */
  defaultModel({ id, defaultModel }: Provider): string | undefined {
    const { model, provider, fallback } = this.#defaults;
    const name = provider ?? fallback;
    const isDefault = name !== undefined && id === findProvider(this.entries, name)?.id;
    return (isDefault ? model : undefined) ?? defaultModel;
  }

  /** Whether a provider can answer a tenant: by the operator's configuration, or with a key of the tenant's own. */
  isEnabled(entry: RegistryEntry, ownKeys: OwnKeys): boolean {
    return entry.provider !== undefined || this.hasOwnKey(entry, ownKeys);
  }

  /** Whether a tenant has a key of its own for a provider that takes one. */
  hasOwnKey({ id, withKey }: RegistryEntry, ownKeys: OwnKeys): boolean {
    return withKey !== undefined && ownKeys.some(({ provider }) => provider === id);
  }

  /** Returns the providers that a tenant can name: all but the vendors that are not enabled. */
  nameable(ownKeys: OwnKeys): RegistryEntry[] {
    return this.entries.filter((entry) => this.#isNameable(entry, ownKeys));
  }

  /**
   * Chooses the provider that is named, else the one that the model's name leads to, else the default. Throws
   * `invalid_request` that names the field, and `not_found` for an unknown model, with the nearest of `listModelNames`.
   */
  choose(
    { provider, model }: RequestedTarget,
    { ownKeys = [], listModelNames = () => [] }: ChooseOptions = {},
  ): RegistryEntry {
    if (provider !== undefined) {
      return this.#entry(provider, ownKeys, (problem) => invalidFieldError(['provider'], problem));
    }
    if (model !== undefined) return this.#findByModel(model, ownKeys) ?? this.#failFor(model, ownKeys, listModelNames);
    const id = this.#defaults.provider ?? this.#defaults.fallback;
    if (id !== undefined) return this.#entry(id, ownKeys, defaultProviderError);
    throw invalidFieldError(
      ['model'],
      `is missing, and this gateway has no DEFAULT_PROVIDER: name a model or a provider (${this.#names(ownKeys)})`,
    );
  }

  /**
   * Parses a model's name that may have a provider's before it (`claude/claude-haiku-4-5`). A name that a provider lists as
   * it is belongs to that provider, even with a slash in it.
   */
  parseModel(name: string | undefined, { providerKeys }: { readonly providerKeys: OwnKeys }): RequestedTarget {
    const slash = name?.indexOf('/') ?? -1;
    if (name === undefined || slash < 0 || this.#findListing(name)) return { model: name };
    const entry = findProvider(this.entries, name.slice(0, slash));
    if (!entry || !this.#isNameable(entry, providerKeys)) return { model: name };
    return { provider: entry.id, model: name.slice(slash + 1) };
  }

  /** Whether a model's name leads to a provider by itself, without the provider's before it. */
  isOwnName(entry: RegistryEntry, model: string, principal: { readonly providerKeys: OwnKeys }): boolean {
    const { provider } = this.parseModel(model, principal);
    return provider === undefined && entry.serves(model) && this.#findByModel(model, principal.providerKeys) === entry;
  }

  #findByModel(model: string, ownKeys: OwnKeys): RegistryEntry | undefined {
    const listing = this.#findListing(model);
    if (listing) return listing;
    const builtIn = this.#builtIn.find((entry) => entry.serves(model));
    if (builtIn) return builtIn;
    const { provider } = this.#defaults;
    if (provider !== undefined) return this.#entry(provider, ownKeys, defaultProviderError);
    return this.entries.find((entry) => this.#isNameable(entry, ownKeys) && entry.serves(model));
  }

  /** Only the operator's lists count, so that no tenant's key changes where a name leads. */
  #findListing(model: string): RegistryEntry | undefined {
    return this.#listing.find(({ models }) => models?.includes(model));
  }

  #isNameable(entry: RegistryEntry, ownKeys: OwnKeys): boolean {
    return !entry.isOptional || this.isEnabled(entry, ownKeys);
  }

  /** Throws the error for a model that leads to no provider: to one that is not configured, or to none at all. */
  #failFor(model: string, ownKeys: OwnKeys, listModelNames: () => readonly string[]): never {
    const vendor =
      this.entries.find(({ id, isOptional }) => isOptional && model.startsWith(`${id}/`)) ??
      this.entries.find((entry) => entry.isOptional && entry.serves(model));
    if (vendor && !this.#isNameable(vendor, ownKeys)) this.configured(vendor);
    const message = this.#describeUnknownModel(model, ownKeys, listModelNames);
    throw new GatewayError('not_found', [{ path: ['model'], message }], { reason: 'model_not_found' });
  }

  #describeUnknownModel(model: string, ownKeys: OwnKeys, listModelNames: () => readonly string[]): string {
    const slash = model.indexOf('/');
    const providerName = slash > 0 ? model.slice(0, slash) : undefined;
    const isName = providerName !== undefined && /^[\w.-]+$/.test(providerName);
    if (isName && !findProvider(this.entries, providerName)) {
      return `"${model}" names the provider "${providerName}", which is unknown: use one of ${this.#names(ownKeys)}, or add it to COMPATIBLE_PROVIDERS`;
    }
    const hint = didYouMean(model, listModelNames());
    if (hint !== '') return `"${model}" is not known to any provider${hint}`;
    return `"${model}" does not say which provider it belongs to: name one (${this.#names(ownKeys)}), in the field provider or, on /v1, before the model: provider/model`;
  }

  #entry(name: string, ownKeys: OwnKeys, createError: (problem: string) => GatewayError): RegistryEntry {
    const entry = findProvider(this.entries, name);
    if (entry) return entry;
    throw createError(`"${name}" is unknown: use one of ${this.#names(ownKeys)}`);
  }

  #names(ownKeys: OwnKeys): string {
    return this.nameable(ownKeys)
      .map(({ id }) => id)
      .join(', ');
  }
}

/** The operator's setting is no field of the request. */
function defaultProviderError(problem: string): GatewayError {
  return new GatewayError('invalid_request', `DEFAULT_PROVIDER ${problem}.`);
}
