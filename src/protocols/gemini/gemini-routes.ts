import type { ProtocolRoute, RouteDependencies } from '../protocol-route.ts';
import { geminiCountTokens } from './gemini-count-tokens-route.ts';
import { geminiBatchEmbedContents, geminiEmbedContent } from './gemini-embed-content-route.ts';
import { geminiGenerateContent, geminiStreamGenerateContent } from './gemini-generate-content-route.ts';

/** The routes of Gemini's clients. The model may have slashes: `/v1beta/models/ollama/llama3.2:generateContent`. */
export function geminiRoutes({ gateway }: RouteDependencies): readonly ProtocolRoute[] {
  const createRoute = (method: string, handler: ProtocolRoute['handler']): ProtocolRoute => {
    return { method: 'POST', path: `/v1beta/models/:call{.+:${method}}`, scopes: ['chat'], handler };
  };
  const modelRoute = (...route: Parameters<typeof createRoute>) => ({
    ...createRoute(...route),
    isModelRequest: true as const,
  });
  return [
    modelRoute('generateContent', geminiGenerateContent(gateway)),
    modelRoute('streamGenerateContent', geminiStreamGenerateContent(gateway)),
    createRoute('countTokens', geminiCountTokens(gateway)),
    modelRoute('embedContent', geminiEmbedContent(gateway)),
    modelRoute('batchEmbedContents', geminiBatchEmbedContents(gateway)),
  ];
}
