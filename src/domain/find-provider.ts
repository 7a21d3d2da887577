/** The names of a provider: its id, and others that callers may use for it. */
export interface ProviderNames {
  readonly id: string;
  readonly aliases: readonly string[];
}

/** Finds the provider that has a name, as its id or as an alias. Case counts. */
export function findProvider<Named extends ProviderNames>(
  providers: readonly Named[],
  name: string,
): Named | undefined {
  return providers.find(({ id, aliases }) => id === name || aliases.includes(name));
}
