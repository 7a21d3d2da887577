import { GatewayError } from '../../domain/errors.ts';
import type { Target } from '../../gateway/gateway-request.ts';

/**
 * Throws `invalid_request` for a conversation that Claude is to store (`thread`), unless the tenant's own key for Claude is used:
 * it would lie in the operator's account, where another tenant could go on with it. Other providers store none. The error is the
 * one at which `toolRunner` of `@anthropic-ai/sdk` sends the whole conversation instead.
 */
export function rejectThread({ thread }: Readonly<Record<string, unknown>>, { provider }: Target): void {
  if (thread === undefined || thread === null) return;
  if (provider.endpoints?.messages && provider.isByok) return;
  const message = provider.endpoints?.messages
    ? `stores the conversation at ${provider.name} and needs the tenant's own API key for it: send all messages instead`
    : `is not supported by ${provider.name}, which stores no conversations: send all messages instead`;
  throw new GatewayError('invalid_request', [{ path: ['thread'], message }], { reason: 'thread_unsupported_request' });
}
