import type { ProtocolRoute, RouteDependencies } from '../protocol-route.ts';
import { geminiCountTokens } from './gemini-count-tokens-route.ts';
import { geminiBatchEmbedContents, geminiEmbedContent } from './gemini-embed-content-route.ts';
import { geminiGenerateContent, geminiStreamGenerateContent } from './gemini-generate-content-route.ts';

/** The routes of Gemini's clients. The model may have slashes: `/v1beta/models/ollama/llama3.2:generateContent`. */
export function geminiRoutes({ gateway }: RouteDependencies): readonly ProtocolRoute[] {
  const route = (method: string, handler: ProtocolRoute['handler']): ProtocolRoute => {
    return { method: 'POST', path: `/v1beta/models/:call{.+:${method}}`, scopes: ['chat'], handler };
  };
  return [
    route('generateContent', geminiGenerateContent(gateway)),
    route('streamGenerateContent', geminiStreamGenerateContent(gateway)),
    route('countTokens', geminiCountTokens(gateway)),
    route('embedContent', geminiEmbedContent(gateway)),
    route('batchEmbedContents', geminiBatchEmbedContents(gateway)),
  ];
}
