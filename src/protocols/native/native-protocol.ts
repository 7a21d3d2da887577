import type { ClientProtocol } from '../protocol.ts';
import { createErrorEvent, encodeNativeEvent } from './native-event-writer.ts';

/** The protocol of the gateway's own REST routes. It matches every request, and so comes last. */
export const nativeProtocol: ClientProtocol = {
  name: 'native',
  matches: () => true,
  errorBody: ({ code, message, report }, requestId) => ({
    error: { code, message, requestId, ...(report?.failedAttempts && { attempts: report.failedAttempts }) },
  }),
  errorEvent: (error, requestId) => encodeNativeEvent(createErrorEvent(error, requestId)),
  rateLimitHeaders: () => [],
  corsHeaders: {
    allow: ['idempotency-key', 'last-event-id', 'prefer'],
    expose: ['location', 'preference-applied', 'idempotent-replayed'],
  },
};
