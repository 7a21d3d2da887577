import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import { findProvider } from '../domain/find-provider.ts';
import { didYouMean } from '../lib/suggest-name.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import type { Provider } from './provider.ts';
import { getSetting } from './provider-settings.ts';

/** A provider that callers can name, configured or not. */
export interface RegistryEntry extends ProviderDescriptor {
  /** Absent where it is not configured. */
  readonly provider: Provider | undefined;
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

/** Chooses the provider and the model of a call. */
export class ProviderRegistry {
  readonly entries: readonly RegistryEntry[];
  readonly #defaults: Defaults;

  constructor(entries: readonly RegistryEntry[], defaults: Defaults) {
    this.entries = entries;
    this.#defaults = defaults;
  }

  /** Returns the provider as it is configured. Throws `invalid_request` that names the variable to set. */
  configured(entry: RegistryEntry): Provider {
    if (entry.provider) return entry.provider;
    throw new GatewayError(
      'invalid_request',
      `provider "${entry.id}" is not configured: set ${getSetting(entry)}, or name another provider.`,
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

  /**
   * Chooses the provider that is named, else the one that the model's name leads to, else the default. Throws
   * `invalid_request` that names the field, and for a model the nearest of `listModelNames`.
   */
  choose({ provider, model }: RequestedTarget, listModelNames: () => readonly string[] = () => []): RegistryEntry {
    if (provider !== undefined) return this.#entry(provider, (problem) => invalidFieldError(['provider'], problem));
    if (model !== undefined) {
      const entry = this.entries.find(({ serves }) => serves(model));
      if (entry) return entry;
      if (this.#defaults.provider !== undefined) return this.#entry(this.#defaults.provider, defaultProviderError);
      throw invalidFieldError(['model'], this.#describeUnknownModel(model, listModelNames));
    }
    const id = this.#defaults.provider ?? this.#defaults.fallback;
    if (id !== undefined) return this.#entry(id, defaultProviderError);
    throw invalidFieldError(
      ['model'],
      `is missing, and this gateway has no DEFAULT_PROVIDER: name a model or a provider (${this.#names()})`,
    );
  }

  /**
   * Parses a model's name that may have a provider's before it (`claude/claude-haiku-4-5`). A name that a provider lists as
   * it is belongs to that provider, even with a slash in it.
   */
  parseModel(name: string | undefined): RequestedTarget {
    const [prefix = '', ...rest] = name?.split('/') ?? [];
    if (name === undefined || rest.length === 0) return { model: name };
    if (this.entries.some(({ models }) => models?.includes(name))) return { model: name };
    const entry = findProvider(this.entries, prefix);
    return entry ? { provider: entry.id, model: rest.join('/') } : { model: name };
  }

  #describeUnknownModel(model: string, listModelNames: () => readonly string[]): string {
    const slash = model.indexOf('/');
    const providerName = slash > 0 ? model.slice(0, slash) : undefined;
    const isName = providerName !== undefined && /^[\w.-]+$/.test(providerName);
    if (isName && !findProvider(this.entries, providerName)) {
      return `"${model}" names the provider "${providerName}", which is unknown: use one of ${this.#names()}, or add it to COMPATIBLE_PROVIDERS`;
    }
    const hint = didYouMean(model, listModelNames());
    if (hint !== '') return `"${model}" is not known to any provider${hint}`;
    return `"${model}" does not say which provider it belongs to: name one (${this.#names()}), in the field provider or, on /v1, before the model: provider/model`;
  }

  #entry(name: string, createError: (problem: string) => GatewayError): RegistryEntry {
    const entry = findProvider(this.entries, name);
    if (entry) return entry;
    throw createError(`"${name}" is unknown: use one of ${this.#names()}`);
  }

  #names(): string {
    return this.entries.map(({ id }) => id).join(', ');
  }
}

/** The operator's setting is no field of the request. */
function defaultProviderError(problem: string): GatewayError {
  return new GatewayError('invalid_request', `DEFAULT_PROVIDER ${problem}.`);
}
