import { GatewayError } from '../core/errors.ts';
import type { Provider, ProviderType } from './provider.ts';

/** A provider that callers can name, configured or not. */
export interface RegistryEntry {
  readonly id: string;
  readonly name: string;
  readonly type: ProviderType;
  /** Absent where the variables below are not set. */
  readonly provider: Provider | undefined;
  /** The variable that configures it. */
  readonly configuredBy: string;
  /** Whether a model's name alone says that it is this provider's. */
  readonly serves: (model: string) => boolean;
}

interface Defaults {
  /** DEFAULT_PROVIDER, where it is set on purpose. */
  readonly provider: string | undefined;
  /** Who answers a call that names neither provider nor model where DEFAULT_PROVIDER is not set. */
  readonly fallback: string | undefined;
  /** DEFAULT_MODEL, which belongs to the default provider. */
  readonly model: string | undefined;
}

interface Asked {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
}

/** Chooses who answers a call. */
export class ProviderRegistry {
  readonly entries: readonly RegistryEntry[];
  readonly #defaults: Defaults;

  constructor(entries: readonly RegistryEntry[], defaults: Defaults) {
    this.entries = entries;
    this.#defaults = defaults;
  }

  /**
   * The provider and model for a call: the provider that is named, else the one that the model's name says, else the
   * default. Throws `invalid_request` that names the field, or the variable that has to be set.
   */
  resolve(asked: Asked): { provider: Provider; model: string } {
    const entry = this.#chooseEntry(asked);
    if (!entry.provider) {
      throw new GatewayError(
        'invalid_request',
        `provider "${entry.id}" is not configured: set ${entry.configuredBy}, or name another provider.`,
      );
    }
    return { provider: entry.provider, model: asked.model ?? this.#defaultModel(entry.provider) };
  }

  #chooseEntry({ provider, model }: Asked): RegistryEntry {
    if (provider !== undefined) return this.#entry(provider, 'provider');
    if (model !== undefined) {
      const entry = this.entries.find(({ serves }) => serves(model));
      if (entry) return entry;
      if (this.#defaults.provider !== undefined) return this.#entry(this.#defaults.provider, 'DEFAULT_PROVIDER');
      throw new GatewayError(
        'invalid_request',
        `model "${model}" does not say which provider it belongs to: name one in the field provider (${this.#names()}).`,
      );
    }
    const id = this.#defaults.provider ?? this.#defaults.fallback;
    if (id !== undefined) return this.#entry(id, 'DEFAULT_PROVIDER');
    throw new GatewayError(
      'invalid_request',
      `provider is missing and this gateway has no DEFAULT_PROVIDER: name a provider (${this.#names()}) or a model.`,
    );
  }

  #entry(id: string, field: string): RegistryEntry {
    const wanted = id === 'anthropic' ? 'claude' : id;
    const entry = this.entries.find((candidate) => candidate.id === wanted);
    if (entry) return entry;
    throw new GatewayError('invalid_request', `${field} "${id}" is unknown: use one of ${this.#names()}.`);
  }

  #defaultModel(provider: Provider): string {
    const { model, provider: chosen, fallback } = this.#defaults;
    const isDefault = provider.id === (chosen === 'anthropic' ? 'claude' : (chosen ?? fallback));
    const name = isDefault && model !== undefined ? model : provider.defaultModel;
    if (name !== undefined) return name;
    throw new GatewayError('invalid_request', `model is missing: provider "${provider.id}" has no default model.`);
  }

  #names(): string {
    return this.entries.map(({ id }) => id).join(', ');
  }
}
