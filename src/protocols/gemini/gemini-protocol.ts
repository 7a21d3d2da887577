import { encodeDataEvent } from '../../http/sse-writer.ts';
import type { ClientProtocol } from '../protocol.ts';
import { encodeGeminiError } from './encode-gemini-error.ts';
import { encodeGeminiModel, encodeGeminiModelPage } from './encode-gemini-model.ts';

/** The protocol of Gemini's clients: @google/genai and its siblings, Gemini CLI. */
export const geminiProtocol: ClientProtocol = {
  name: 'gemini',
  matches: ({ path }) => path.startsWith('/v1beta/') || path.startsWith('/upload/v1beta/'),
  errorBody: encodeGeminiError,
  errorEvent: (error) => encodeDataEvent(encodeGeminiError(error)),
  // Google's API has no such headers.
  rateLimitHeaders: () => [],
  corsHeaders: {
    allow: ['x-goog-api-client', 'x-goog-user-project', 'x-server-timeout'],
    expose: [],
  },
  models: {
    path: '/v1beta/models',
    encodeModels: encodeGeminiModelPage,
    encodeModel: encodeGeminiModel,
  },
};
