import type { ProviderDescriptor } from '../descriptor.ts';

type Defaulted = 'aliases' | 'type' | 'protocol' | 'baseUrlVariable' | 'apiKeyVariables' | 'takesApiKey' | 'isOptional';

/** An entry of the catalogue: what is specific to a vendor that speaks OpenAI's protocol. */
export type Vendor = Pick<ProviderDescriptor, 'id' | 'displayName'> &
  Partial<Omit<ProviderDescriptor, Defaulted>> & {
    /** The vendor's own names for the variable of its API key, beside `<ID>_API_KEY`. */
    readonly otherApiKeyVariables?: readonly string[];
    /** A server of the operator's: its base URL configures it, and it needs no API key. */
    readonly isSelfHosted?: boolean;
  };

/** Describes a vendor of the catalogue. Its variables are named by its id: `GROQ_API_KEY`, `GROQ_BASE_URL`. */
export function describeVendor({
  otherApiKeyVariables = [],
  isSelfHosted = false,
  ...vendor
}: Vendor): ProviderDescriptor {
  const prefix = vendor.id.toUpperCase().replaceAll('-', '_');
  return {
    modelPatterns: [],
    pricingVendor: vendor.id,
    hasModelList: true,
    ...vendor,
    aliases: [],
    type: 'OPENAI_COMPATIBLE',
    protocol: 'openai',
    baseUrlVariable: `${prefix}_BASE_URL`,
    apiKeyVariables: isSelfHosted ? [] : [`${prefix}_API_KEY`, ...otherApiKeyVariables],
    takesApiKey: !isSelfHosted,
    isOptional: true,
  };
}
