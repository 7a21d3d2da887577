import type { ProtocolRoute, RouteDependencies } from '../protocol-route.ts';
import { anthropicCountTokens } from './anthropic-count-tokens-route.ts';
import { anthropicMessages } from './anthropic-messages-route.ts';

/** The routes of Anthropic's clients. */
export function anthropicRoutes({ gateway }: RouteDependencies): readonly ProtocolRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/messages',
      scopes: ['chat'],
      isModelRequest: true,
      handler: anthropicMessages(gateway),
    },
    { method: 'POST', path: '/v1/messages/count_tokens', scopes: ['chat'], handler: anthropicCountTokens(gateway) },
  ];
}
