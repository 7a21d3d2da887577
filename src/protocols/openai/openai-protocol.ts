import { encodeDataEvent } from '../../http/sse-writer.ts';
import type { ClientProtocol } from '../protocol.ts';
import { stainlessHeaders } from '../stainless-headers.ts';
import { encodeOpenAiError } from './encode-openai-error.ts';
import { encodeOpenAiModel } from './encode-openai-model.ts';
import { encodeOpenAiErrorEvent } from './encode-openai-response-end.ts';

/** The protocol of OpenAI's clients: chat completions, Responses, embeddings. */
export const openAiProtocol: ClientProtocol = {
  name: 'openai',
  matches: ({ path }) => path.startsWith('/v1/') || path.startsWith('/openai/'),
  errorBody: encodeOpenAiError,
  // Responses number their events, and their errors are flat in the official client's type; chat completions do neither.
  errorEvent: (error, _requestId, sequenceNumber) => {
    if (sequenceNumber === undefined) return encodeDataEvent(encodeOpenAiError(error));
    const event = { ...encodeOpenAiErrorEvent(error), sequence_number: sequenceNumber };
    return `event: error\n${encodeDataEvent(event)}`;
  },
  rateLimitHeaders: ({ rule: { kind, limit }, remaining, resetMs }) => [
    [`x-ratelimit-limit-${kind}`, String(limit)],
    [`x-ratelimit-remaining-${kind}`, String(Math.floor(remaining))],
    [`x-ratelimit-reset-${kind}`, formatDuration(resetMs)],
  ],
  corsHeaders: {
    allow: ['openai-organization', 'openai-project', 'openai-beta', ...stainlessHeaders],
    expose: ['limit', 'remaining', 'reset'].flatMap((field) =>
      ['requests', 'tokens'].map((kind) => `x-ratelimit-${field}-${kind}`),
    ),
  },
  forwardedHeaders: { always: ['openai-beta'], byok: ['openai-organization', 'openai-project'] },
  models: {
    path: '/v1/models',
    encodeModels: (models) => ({ object: 'list', data: models.map(encodeOpenAiModel) }),
    encodeModel: encodeOpenAiModel,
  },
};

/** Formats a duration as OpenAI does: `6s`, `1m30s`. */
function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
