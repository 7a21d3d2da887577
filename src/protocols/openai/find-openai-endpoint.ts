import { invalidFieldError } from '../../domain/errors.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import type { Endpoint, EndpointName } from '../../providers/provider.ts';

/** What a provider lacks, in words, and what to do instead. */
interface EndpointHelp {
  /** `embeddings`, `moderations`. */
  readonly feature: string;
  /** `use a model of OpenAI`. */
  readonly fix: string;
}

/** Returns an endpoint of the target's provider. Throws `invalid_request` that names `model` where the provider lacks it. */
export function findOpenAiEndpoint({ provider }: Target, name: EndpointName, { feature, fix }: EndpointHelp): Endpoint {
  const endpoint = provider.endpoints?.[name];
  if (endpoint) return endpoint;
  throw invalidFieldError(['model'], `provider "${provider.id}" has no ${feature}: ${fix}`);
}
