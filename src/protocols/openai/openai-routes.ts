import { UploadPlaces } from '../../http/upload-places.ts';
import type { ProtocolRoute, RouteDependencies } from '../protocol-route.ts';
import { createBackgroundResponder } from './create-background-response.ts';
import { openAiChat } from './openai-chat-route.ts';
import { openAiCompact } from './openai-compact-route.ts';
import { openAiCompletions } from './openai-completions-route.ts';
import { openAiEmbeddings } from './openai-embeddings-route.ts';
import { openAiForm } from './openai-form-routes.ts';
import { openAiImages } from './openai-images-route.ts';
import { openAiModerations } from './openai-moderations-route.ts';
import { openAiResponseTokens } from './openai-response-tokens-route.ts';
import { openAiResponses } from './openai-responses-route.ts';
import { openAiSpeech } from './openai-speech-route.ts';
import {
  cancelStoredResponse,
  deleteStoredResponse,
  getStoredResponse,
  listStoredInputItems,
} from './openai-stored-responses-routes.ts';
import { openAiResponsesSocket } from './websocket/openai-responses-socket-route.ts';

/** The routes of OpenAI's clients. */
export function openAiRoutes(dependencies: RouteDependencies): readonly ProtocolRoute[] {
  const { gateway, responses } = dependencies;
  const respondInBackground = createBackgroundResponder(dependencies);
  const chat = openAiChat(gateway);
  const embeddings = openAiEmbeddings(gateway);
  const places = new UploadPlaces(gateway.now);
  const form = (path: string, name: Parameters<typeof openAiForm>[2]): ProtocolRoute => {
    const handler = openAiForm(gateway, places, name);
    return { method: 'POST', path, scopes: ['chat'], isModelRequest: true, limitsBody: true, handler };
  };
  return [
    { method: 'POST', path: '/v1/chat/completions', scopes: ['chat'], isModelRequest: true, handler: chat },
    {
      method: 'POST',
      path: '/v1/completions',
      scopes: ['chat'],
      isModelRequest: true,
      handler: openAiCompletions(gateway),
    },
    {
      method: 'POST',
      path: '/v1/responses',
      scopes: ['chat'],
      isModelRequest: true,
      handler: openAiResponses(gateway, responses, respondInBackground),
    },
    {
      method: 'POST',
      path: '/v1/responses/compact',
      scopes: ['chat'],
      isModelRequest: true,
      handler: openAiCompact(gateway, responses),
    },
    { method: 'GET', path: '/v1/responses', scopes: ['chat'], handler: openAiResponsesSocket(dependencies) },
    {
      method: 'POST',
      path: '/v1/responses/input_tokens',
      scopes: ['chat'],
      handler: openAiResponseTokens(gateway, responses),
    },
    {
      method: 'GET',
      path: '/v1/responses/:id',
      scopes: ['chat', 'read'],
      handler: getStoredResponse(dependencies),
    },
    {
      method: 'DELETE',
      path: '/v1/responses/:id',
      scopes: ['chat'],
      handler: deleteStoredResponse(dependencies),
    },
    {
      method: 'GET',
      path: '/v1/responses/:id/input_items',
      scopes: ['chat', 'read'],
      handler: listStoredInputItems(dependencies),
    },
    { method: 'POST', path: '/v1/responses/:id/cancel', scopes: ['chat'], handler: cancelStoredResponse(dependencies) },
    { method: 'POST', path: '/v1/embeddings', scopes: ['chat'], isModelRequest: true, handler: embeddings },
    {
      method: 'POST',
      path: '/v1/moderations',
      scopes: ['chat'],
      isModelRequest: true,
      handler: openAiModerations(gateway),
    },
    {
      method: 'POST',
      path: '/v1/images/generations',
      scopes: ['chat'],
      isModelRequest: true,
      handler: openAiImages(gateway),
    },
    {
      method: 'POST',
      path: '/v1/audio/speech',
      scopes: ['chat'],
      isModelRequest: true,
      handler: openAiSpeech(gateway),
    },
    form('/v1/images/edits', 'imageEdits'),
    form('/v1/images/variations', 'imageVariations'),
    form('/v1/audio/transcriptions', 'transcriptions'),
    form('/v1/audio/translations', 'translations'),
    // The paths of Azure's clients, whose other requests are those of `/v1`.
    {
      method: 'POST',
      path: '/openai/deployments/:model/chat/completions',
      scopes: ['chat'],
      isModelRequest: true,
      handler: chat,
    },
    {
      method: 'POST',
      path: '/openai/deployments/:model/embeddings',
      scopes: ['chat'],
      isModelRequest: true,
      handler: embeddings,
    },
  ];
}
