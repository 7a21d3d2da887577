import { isUnlistedServiceTier } from '../is-unlisted-service-tier.ts';

/** The same fields in a request, where they ask, and in a usage, where they say what it was. */
interface Surcharges {
  readonly service_tier?: unknown;
  readonly speed?: unknown;
  readonly inference_geo?: unknown;
}

const standardSpeeds: ReadonlySet<unknown> = new Set([undefined, null, '', 'standard']);
/** Older models are not bound to a region, and say so. */
const standardRegions: ReadonlySet<unknown> = new Set([undefined, null, '', 'global', 'not_available']);

/**
 * Returns whether tokens cost more than the price list says: those of Claude's fast mode, of inference in one region, and of
 * another service tier.
 */
export function hasAnthropicSurcharge({ service_tier, speed, inference_geo }: Surcharges): boolean {
  return isUnlistedServiceTier(service_tier) || !standardSpeeds.has(speed) || !standardRegions.has(inference_geo);
}
