import * as z from 'zod';
import { joinFieldPaths } from '../domain/join-field-paths.ts';
import { type RequestSource, requestSources } from '../domain/ledger.ts';
import type { RequestReport } from '../domain/request-report.ts';
import { toStorableText } from '../lib/to-storable-text.ts';
import type { LoggedRequest } from './logged-request.ts';

const maxMessageLength = 500;
const maxNameLength = 256;

const text = z.string();
const status = z.int().min(0).max(999);

/** A refused request has no record in the ledger, so that its entry says what the record would. */
const refusalSchema = z.object({
  tenantId: text,
  keyId: text,
  clientRequestId: text.optional(),
  source: z.enum(requestSources),
  provider: text.optional(),
  model: text.optional(),
  endUser: text.optional(),
  errorCode: text,
  totalMs: z.int().min(0),
  /** When the request started: ISO 8601, UTC. */
  createdAt: z.iso.datetime(),
  /** How many refused requests the entry stands for. */
  represents: z.int().min(1),
});

/** A request in a message of the queue `usage`: what the log has beside the records of its attempts, which are in the same message. */
export const requestEntrySchema = z.object({
  requestId: text,
  path: text,
  sessionId: text.optional(),
  tags: z.record(text, text).optional(),
  jobId: text.optional(),
  route: text.optional(),
  httpStatus: status.optional(),
  errorMessage: text.optional(),
  upstreamStatus: status.optional(),
  upstreamRequestId: text.optional(),
  dropped: text.optional(),
  adjusted: text.optional(),
  refusal: refusalSchema.optional(),
});

export type RequestEntry = z.infer<typeof requestEntrySchema>;

/** Creates the entry of a request whose attempts have records. */
export function createRequestEntry(requestId: string, log: LoggedRequest): RequestEntry {
  const { path, sessionId, tags, jobId } = log;
  const { route, errorMessage, upstreamStatus, upstreamRequestId } = log.attempt;
  const { httpStatus, translation } = log.answer;
  return {
    requestId,
    path: describePath(path),
    sessionId,
    tags,
    jobId,
    route,
    httpStatus,
    errorMessage: errorMessage === undefined ? undefined : toStorableText(errorMessage).slice(0, maxMessageLength),
    upstreamStatus,
    upstreamRequestId,
    dropped: translation && (joinFieldPaths(translation.dropped) || undefined),
    adjusted: translation && (joinFieldPaths(translation.adjusted) || undefined),
  };
}

/** A request that was refused before any provider was asked. */
export interface RefusedRequest {
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  readonly tenantId: string;
  readonly keyId: string;
  readonly source: RequestSource;
  readonly endUser: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly error: { readonly code: string; readonly message: string; readonly report?: RequestReport | undefined };
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly represents: number;
}

export function createRefusalEntry(request: RefusedRequest, log: LoggedRequest): RequestEntry {
  const { requestId, clientRequestId, tenantId, keyId, source, endUser, error, startedAtMs, represents } = request;
  const { provider = request.provider, model = request.model, route } = error.report ?? {};
  return {
    ...createRequestEntry(requestId, log),
    route,
    errorMessage: toStorableText(error.message).slice(0, maxMessageLength),
    refusal: {
      tenantId,
      keyId,
      clientRequestId,
      source,
      provider: toName(provider),
      model: toName(model),
      endUser,
      errorCode: error.code,
      totalMs: Math.max(0, Math.round(request.endedAtMs - startedAtMs)),
      createdAt: new Date(startedAtMs).toISOString(),
      represents,
    },
  };
}

/** A refused request may name anything as its model. */
function toName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : toStorableText(name).slice(0, maxNameLength);
}

/** Writes the path of a route without patterns: `/v1beta/models/:call{.+:generateContent}` is `/v1beta/models/:generateContent`. */
function describePath(path: string): string {
  return path.replace(/:\w+\{[^}]*?(:\w+)?\}/g, '$1');
}
