import { GatewayError } from '../domain/errors.ts';
import type { ProviderDescriptor } from '../providers/descriptor.ts';

interface FailedRequest {
  readonly descriptor: ProviderDescriptor;
  readonly baseUrl: string;
  readonly timeoutMs: number;
}

/** What the codes of Node's network errors mean for a base URL. Those of TLS are matched by their form. */
const networkFixes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host does not exist',
  EAI_AGAIN: 'its host could not be looked up: check the network',
  ECONNREFUSED: 'nothing listens there: start the server, or correct the port',
  ECONNRESET: 'the connection was closed: check whether it is http or https',
  ETIMEDOUT: 'it does not answer: check the network and firewalls',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer: check the network and firewalls',
};

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

function describeNetworkError(code: string): string {
  const isCertificate = /CERT|TLS|SSL|SIGNATURE/.test(code);
  return networkFixes[code] ?? (isCertificate ? 'its certificate is not valid' : 'check the URL and the network');
}

/** The code is on one of the causes: clients wrap what `fetch` throws. */
function findNetworkCode(thrown: unknown): string | undefined {
  let current = thrown;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current instanceof AggregateError) current = current.errors[0];
    else current = current.cause;
  }
  return undefined;
}
