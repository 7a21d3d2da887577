import { encodeDataEvent } from '../../http/sse-writer.ts';
import type { ClientProtocol } from '../protocol.ts';
import { stainlessHeaders } from '../stainless-headers.ts';
import { encodeOpenAiError } from './encode-openai-error.ts';
import { encodeOpenAiModel } from './encode-openai-model.ts';

/** The protocol of OpenAI's clients: chat completions, Responses, embeddings. */
export const openAiProtocol: ClientProtocol = {
  name: 'openai',
  matches: ({ path }) => path.startsWith('/v1/') || path.startsWith('/openai/'),
  errorBody: encodeOpenAiError,
  // Responses number their events and have flat errors; chat completions do neither.
  errorEvent: (error, _requestId, sequenceNumber) => {
    const body = encodeOpenAiError(error);
    if (sequenceNumber === undefined) return encodeDataEvent(body);
    const { code, message, param } = body.error;
    const event = { type: 'error', code, message, param, sequence_number: sequenceNumber };
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
