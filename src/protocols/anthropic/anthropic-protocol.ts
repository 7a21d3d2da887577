import { encodeDataEvent } from '../../http/sse-writer.ts';
import type { ClientProtocol } from '../protocol.ts';
import { stainlessHeaders } from '../stainless-headers.ts';
import { encodeAnthropicError } from './encode-anthropic-error.ts';
import { encodeAnthropicModel } from './encode-anthropic-model.ts';
import { encodeAnthropicModelPage } from './encode-anthropic-model-page.ts';

/** The protocol of Anthropic's clients. */
export const anthropicProtocol: ClientProtocol = {
  name: 'anthropic',
  // The path of the model list is OpenAI's too; there the header that Anthropic's clients send decides.
  matches: (request) =>
    request.path.startsWith('/v1/') &&
    (request.path.startsWith('/v1/messages') || request.header('anthropic-version') !== undefined),
  errorBody: encodeAnthropicError,
  errorEvent: (error, requestId) => `event: error\n${encodeDataEvent(encodeAnthropicError(error, requestId))}`,
  rateLimitHeaders: ({ rule: { kind, limit }, remaining, resetMs }, nowMs) => [
    [`anthropic-ratelimit-${kind}-limit`, String(limit)],
    [`anthropic-ratelimit-${kind}-remaining`, String(Math.floor(remaining))],
    [`anthropic-ratelimit-${kind}-reset`, new Date(nowMs + resetMs).toISOString().replace(/\.\d+Z$/, 'Z')],
  ],
  requestIdHeader: 'request-id',
  corsHeaders: {
    allow: [
      'anthropic-version',
      'anthropic-beta',
      'anthropic-dangerous-direct-browser-access',
      'anthropic-user-profile-id',
      'anthropic-workspace-id',
      ...stainlessHeaders,
    ],
    expose: [
      'request-id',
      ...['requests', 'tokens'].flatMap((kind) =>
        ['limit', 'remaining', 'reset'].map((field) => `anthropic-ratelimit-${kind}-${field}`),
      ),
    ],
  },
  forwardedHeaders: { always: ['anthropic-version', 'anthropic-beta'], byok: [] },
  models: {
    path: '/v1/models',
    encodeModels: encodeAnthropicModelPage,
    encodeModel: encodeAnthropicModel,
  },
};
