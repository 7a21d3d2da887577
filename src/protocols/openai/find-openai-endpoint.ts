import { invalidFieldError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { GatewayRequest, Target } from '../../gateway/gateway-request.ts';
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

/**
 * Chooses the target of a request that is sent once, and its endpoint: of a route the first target whose provider has it. Throws as
 * `Gateway.chooseTarget` and `findOpenAiEndpoint` do.
 */
export async function chooseOpenAiEndpoint(
  gateway: Gateway,
  request: GatewayRequest,
  name: EndpointName,
  help: EndpointHelp,
): Promise<{ readonly target: Target; readonly endpoint: Endpoint }> {
  const target = await gateway.chooseTarget(request, ({ provider }) => provider.endpoints?.[name] !== undefined);
  return { target, endpoint: findOpenAiEndpoint(target, name, help) };
}
