import type { GatewayError } from '../../domain/errors.ts';
import type { StreamEnd } from '../../domain/stream-end.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { getWaitUntil, type HttpContext, type HttpEnv } from '../../http/context.ts';
import { errorName, type Logger, type LogLevel } from '../../lib/logger.ts';
import { buildTranslationHeaders } from '../../protocols/translation-headers.ts';

/**
 * Writes the log line of a request: when its response is complete, or for a streamed response when the stream has ended. A
 * stream that failed is logged as a failure, also one with status 200.
 */
export function logRequest(context: HttpContext, logger: Logger, elapsedMs: () => number): void {
  const fields = requestFields(context);
  const { status } = context.res;
  const streamEnd = context.get('streamEnd');
  if (streamEnd === undefined) {
    const error = context.get('error');
    logger[levelOf(status)]('request', { ...fields, status, ms: elapsedMs(), ...errorFields(error) });
    return;
  }
  // The context is not held for as long as the stream lasts.
  const logStream = (end: StreamEnd) => {
    const error = end.outcome === 'failed' ? end.error : undefined;
    const { upstreamStatus = fields.upstreamStatus } = error?.report ?? {};
    const level = error ? levelOf(Math.max(error.status, 400)) : levelOf(status);
    const stream = { ...fields, upstreamStatus, status, ms: elapsedMs(), stream: end.outcome };
    logger[level]('request', { ...stream, ...errorFields(error) });
  };
  getWaitUntil(context)(streamEnd.then(logStream));
}

function levelOf(status: number): LogLevel {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warn' : 'info';
}

function requestFields(context: HttpContext) {
  // Set by the guard of the routes that have one.
  const principal = context.get('principal') as HttpEnv['Variables']['principal'] | undefined;
  const { provider, model, route, attempts, failedAttempts, upstreamStatus, upstreamRequestId } =
    context.get('report') ?? {};
  return {
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
    method: context.req.method,
    // The path of an unknown route may hold anything that was pasted into it.
    path: context.req.routePath.endsWith('*') ? undefined : context.req.path,
    tenantId: principal?.tenantId,
    keyId: principal?.keyId,
    provider,
    model,
    route,
    attempts,
    cache: context.get('cacheStatus'),
    failedAttempts,
    upstreamStatus,
    upstreamRequestId,
    ...translationFields(context.get('translation')),
  };
}

/** The fields of the client's request that its translation left out or adjusted. */
function translationFields(report: TranslationReport | undefined) {
  return Object.fromEntries(
    report ? buildTranslationHeaders(report).map(([name, value]) => [name.slice('x-gateway-'.length), value]) : [],
  );
}

/** The code of the error, its detail, and the names of the errors that caused it. */
function errorFields(error: GatewayError | undefined) {
  if (!error) return {};
  const cause = error.cause === undefined ? undefined : errorName(error.cause);
  return { errorCode: error.code, detail: error.detail, cause };
}
