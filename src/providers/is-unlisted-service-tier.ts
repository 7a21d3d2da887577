/** The service tiers in which tokens cost what the price list says. `auto` asks for any: the reply says which it was. */
const listedTiers: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'standard_only', 'on_demand']);

/** Returns whether a service tier, of a request or of a reply, has other prices than those of the price list. */
export function isUnlistedServiceTier(tier: unknown): boolean {
  return typeof tier === 'string' && tier !== '' && !listedTiers.has(tier.toLowerCase());
}
