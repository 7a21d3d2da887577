import { type ReasoningEffort, reasoningEfforts } from '../domain/reasoning-effort.ts';
import type { ProviderDescriptor } from './descriptor.ts';
import { findModelFacts } from './model-facts.ts';

type Vendor = Pick<ProviderDescriptor, 'pricingVendor' | 'getReasoningEfforts'>;

/** Returns the efforts of a vendor's model, in ascending order; empty for one that cannot reason, undefined where they are not known. */
export function getReasoningEfforts(
  { pricingVendor, getReasoningEfforts: getOwn }: Vendor,
  model: string,
): readonly ReasoningEffort[] | undefined {
  const own = getOwn?.(model);
  if (own) return own;
  const facts = findModelFacts(pricingVendor, model);
  if (!facts) return undefined;
  if (!facts.abilities.includes('reasoning')) return [];
  return facts.efforts && reasoningEfforts.filter((effort) => facts.efforts?.includes(effort));
}

/** Whether a model can reason; undefined where that is not known. */
export function canReason(vendor: Vendor, model: string): boolean | undefined {
  const efforts = vendor.getReasoningEfforts?.(model);
  if (efforts) return efforts.length > 0;
  return findModelFacts(vendor.pricingVendor, model)?.abilities.includes('reasoning');
}
