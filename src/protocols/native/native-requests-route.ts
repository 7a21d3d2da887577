import * as z from 'zod';
import { checkScope } from '../../auth/check-scope.ts';
import { findRequest, findRequestAttempts } from '../../db/queries/requests.ts';
import { GatewayError, toGatewayError } from '../../domain/errors.ts';
import { requestSources } from '../../domain/ledger.ts';
import { loggedStatuses } from '../../domain/logging.ts';
import type { Scope } from '../../domain/scope.ts';
import type { StreamEnd } from '../../domain/stream-end.ts';
import { getWaitUntil, type HttpContext } from '../../http/context.ts';
import { parseWithSchema } from '../../lib/parse-with-schema.ts';
import { attemptQueryOf, encodeAttempt, encodeRequest } from '../../request-log/encode-request.ts';
import { type ExportFormat, exportRequests } from '../../request-log/export-requests.ts';
import { findRequests, type LogDependencies } from '../../request-log/find-requests.ts';
import { parseRequestQuery } from '../../request-log/request-query.ts';

const sizeProblem = 'must be 1 to 100';
const first = z.coerce.number(sizeProblem).int(sizeProblem).min(1, sizeProblem).max(100, sizeProblem);
const instant = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time such as 2026-01-31T12:00:00Z' });
const text = z.string();

export const requestListSchema = z.strictObject({
  first: first.optional(),
  after: text.optional(),
  format: z.enum(['json', 'csv', 'ndjson'], 'must be json, csv or ndjson').optional(),
  tenantId: text.optional(),
  id: text.optional(),
  keyId: text.optional(),
  endUser: text.optional(),
  sessionId: text.optional(),
  status: z.enum(loggedStatuses, `must be one of ${loggedStatuses.join(', ')}`).optional(),
  model: text.optional(),
  route: text.optional(),
  provider: text.optional(),
  errorCode: text.optional(),
  tag: text.optional(),
  source: z.enum(requestSources, `must be one of ${requestSources.join(', ')}`).optional(),
  minTotalMs: z.coerce.number('must be a whole number of milliseconds').optional(),
  fellBack: z.enum(['true', 'false'], 'must be true or false').optional(),
  since: instant.optional(),
  until: instant.optional(),
});

const defaultSize = 20;

/** `GET /api/requests`: a page of the request log, or an export of all that the filter selects. */
export function getRequests(dependencies: LogDependencies, maxSubrequests: number) {
  return async (context: HttpContext): Promise<Response> => {
    const { first: size, after, format, fellBack, since, until, ...filter } = readListQuery(context);
    const query = parseRequestQuery(
      {
        ...filter,
        fellBack: fellBack === undefined ? undefined : fellBack === 'true',
        since: since === undefined ? undefined : new Date(since),
        until: until === undefined ? undefined : new Date(until),
      },
      context.get('principal'),
    );
    const exportFormat = chooseFormat(context, format);
    if (exportFormat === 'json') {
      const { rows, next, scannedUntil } = await findRequests(dependencies, query, {
        first: size ?? defaultSize,
        after,
      });
      return context.json({ requests: rows.map(encodeRequest), next, scannedUntil });
    }
    if (size !== undefined || after !== undefined) {
      throw new GatewayError('invalid_request', [
        {
          path: [size === undefined ? 'after' : 'first'],
          message: `is for pages: format=${exportFormat} has all requests of the range`,
        },
      ]);
    }
    return await streamExport(context, exportRequests(dependencies, query, exportFormat), {
      format: exportFormat,
      maxPages: Math.max(1, maxSubrequests - reservedSubrequests),
      scope: query.filter.tenantId === context.get('principal').tenantId ? 'read' : 'admin',
    });
  };
}

/** `GET /api/requests/{id}`: by the gateway's id, or the client's own. */
export function getRequest({ database }: LogDependencies) {
  return async (context: HttpContext): Promise<Response> => {
    const { tenantId, scopes } = context.get('principal');
    const id = context.req.param('id') ?? '';
    const isId = /^[\w.-]{1,128}$/.test(id);
    const row = isId ? await findRequest(database, scopes.includes('admin') ? undefined : tenantId, id) : undefined;
    if (!row) throw new GatewayError('not_found', `There is no request ${id.slice(0, 64)}.`);
    const attempts = await findRequestAttempts(database, attemptQueryOf(row));
    return context.json({ ...encodeRequest(row), attempts: (attempts.get(row.id) ?? []).map(encodeAttempt) });
  };
}

/** Parses the query. A parameter that stands there twice has no meaning. */
function readListQuery(context: HttpContext) {
  for (const [name, values] of Object.entries(context.req.queries())) {
    if (values.length > 1)
      throw new GatewayError('invalid_request', [{ path: [name.slice(0, 64)], message: 'must stand there once' }]);
  }
  return parseWithSchema(context.req.query(), requestListSchema);
}

const contentTypes = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8' } as const;

function chooseFormat(context: HttpContext, format: 'json' | ExportFormat | undefined): 'json' | ExportFormat {
  if (format !== undefined) return format;
  const accept = context.req.header('accept') ?? '';
  if (/\btext\/csv\b/i.test(accept)) return 'csv';
  return /\bapplication\/x-ndjson\b/i.test(accept) ? 'ndjson' : 'json';
}

/** Those that the request makes beside the pages of an export. */
const reservedSubrequests = 50;

interface ExportOptions {
  readonly format: ExportFormat;
  readonly maxPages: number;
  /** The scope that the key needs until the end. */
  readonly scope: Scope;
}

/** Responds with the pages of an export. What fails before the first page is an error of its own. */
async function streamExport(
  context: HttpContext,
  pages: AsyncGenerator<string, void>,
  { format, maxPages, scope }: ExportOptions,
): Promise<Response> {
  const firstPage = await pages.next();
  const { readable, writable } = new IdentityTransformStream();
  const ended = writePages(context, { first: firstPage, pages, maxPages, scope }, writable.getWriter());
  context.set('streamEnd', ended);
  getWaitUntil(context)(ended);
  return new Response(readable, {
    headers: {
      'content-type': contentTypes[format],
      'content-disposition': `attachment; filename="requests.${format}"`,
      'cache-control': 'no-store, no-transform',
    },
  });
}

interface ExportPages extends Pick<ExportOptions, 'maxPages' | 'scope'> {
  readonly first: IteratorResult<string, void>;
  readonly pages: AsyncGenerator<string, void>;
}

/** Writes page after page, each once the client has taken the one before. Breaks the body off where a page fails. Never rejects. */
async function writePages(
  context: HttpContext,
  { first: firstPage, pages, maxPages, scope }: ExportPages,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<StreamEnd> {
  const encoder = new TextEncoder();
  let isDelivered = true;
  try {
    let count = 0;
    for (let page = firstPage; !page.done; page = await pages.next()) {
      const bytes = encoder.encode(page.value);
      isDelivered = false;
      await writer.write(bytes);
      isDelivered = true;
      count += 1;
      if (count >= maxPages) throw new GatewayError('unavailable', 'The export is too long for one request.');
      checkScope(await context.get('reauthenticate')(), [scope]);
    }
    await writer.close();
    return { outcome: 'completed' };
  } catch (thrown) {
    await writer.abort(thrown).catch(() => undefined);
    if (!isDelivered) return { outcome: 'client_disconnected' };
    return { outcome: 'failed', error: toGatewayError(thrown) };
  } finally {
    await pages.return();
  }
}
