import type { ProtocolRoute, RouteDependencies } from '../protocol-route.ts';
import { openAiChat } from './openai-chat-route.ts';
import { openAiCompletions } from './openai-completions-route.ts';
import { openAiEmbeddings } from './openai-embeddings-route.ts';
import { openAiResponses } from './openai-responses-route.ts';

/** The routes of OpenAI's clients. */
export function openAiRoutes({ gateway }: RouteDependencies): readonly ProtocolRoute[] {
  const chat = openAiChat(gateway);
  const embeddings = openAiEmbeddings(gateway);
  return [
    { method: 'POST', path: '/v1/chat/completions', scopes: ['chat'], handler: chat },
    { method: 'POST', path: '/v1/completions', scopes: ['chat'], handler: openAiCompletions(gateway) },
    { method: 'POST', path: '/v1/responses', scopes: ['chat'], handler: openAiResponses(gateway) },
    { method: 'POST', path: '/v1/embeddings', scopes: ['chat'], handler: embeddings },
    // The paths of Azure's clients, whose other requests are those of `/v1`.
    { method: 'POST', path: '/openai/deployments/:model/chat/completions', scopes: ['chat'], handler: chat },
    { method: 'POST', path: '/openai/deployments/:model/embeddings', scopes: ['chat'], handler: embeddings },
  ];
}
