import { GatewayError } from '../domain/errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import type { ChatGatewayRequest, ForwardRequest } from './gateway-request.ts';

/** Sends a chat request that is admitted. Resolves with the provider's 2xx response, its body unread. */
export async function sendChat(attempt: Attempt, { chat }: ChatGatewayRequest, stream: boolean): Promise<Response> {
  const { model } = attempt;
  return await attempt.send((provider: Provider, signal) => provider.send({ ...chat, model }, { stream, signal }));
}

/** Sends the body of an admitted request. Resolves with the provider's 2xx response, its body unread. */
export async function sendBody(attempt: Attempt, request: ForwardRequest, stream: boolean): Promise<Response> {
  const { body, headers, endpoint } = request;
  const { provider, deadlines } = attempt;
  if (!provider.forward) throw new GatewayError('internal');
  const { signal } = deadlines;
  const sent = provider.forward({ path: endpoint.path, body, headers }, { stream, signal });
  return attempt.recordStatus(await deadlines.race(sent));
}
