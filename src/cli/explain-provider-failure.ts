import { GatewayError } from '../domain/errors.ts';
import type { ProviderDescriptor } from '../providers/descriptor.ts';
import { describeNetworkError, findNetworkCode } from './network-errors.ts';

interface FailedRequest {
  readonly descriptor: ProviderDescriptor;
  readonly baseUrl: string;
  readonly timeoutMs: number;
}

/** Explains why a request to a provider failed, and says what to fix. */
export function explainProviderFailure(error: Error, { descriptor, baseUrl, timeoutMs }: FailedRequest): string {
  const { id, baseUrlVariable } = descriptor;
  const place = baseUrlVariable ?? "the provider's baseUrl in COMPATIBLE_PROVIDERS";
  if (!(error instanceof GatewayError)) {
    return `${id} did not answer within ${timeoutMs / 1000} s at ${baseUrl}: check ${place} and the network.`;
  }
  const status = error.report?.upstreamStatus;
  if (status === undefined) {
    const code = findNetworkCode(error.cause);
    if (code === undefined) return error.message;
    return `${id} could not be reached at ${baseUrl} (${code}): ${describeNetworkError(code)}. The URL is in ${place}.`;
  }
  const fix = describeStatus(status, error, descriptor, place);
  return fix === undefined ? error.message : `${error.message} ${fix}`;
}

function describeStatus(
  status: number,
  { code, detail }: GatewayError,
  { apiKeyVariables }: ProviderDescriptor,
  place: string,
): string | undefined {
  const variables = apiKeyVariables.join(' or ');
  if (status === 401 || status === 403) {
    if (variables === '') return 'The server wants an API key: add it to COMPATIBLE_PROVIDERS, with apiKeyVar.';
    return `Set ${variables} to a key of this vendor that is valid, and that may do this.`;
  }
  if (status === 402 || detail === 'insufficient_quota') return "Check the plan and the billing of the key's account.";
  if (code === 'not_found') return 'Name another model with --model MODEL.';
  if (status === 404 || status === 405 || (status >= 300 && status <= 399)) {
    return `Check ${place}: it ends where the OpenAI client's base URL ends, usually in /v1.`;
  }
  if (status === 429) return 'The key is valid: wait, or raise its limits.';
  return status >= 500 ? "See the vendor's status page." : undefined;
}
