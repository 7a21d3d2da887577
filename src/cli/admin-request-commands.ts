import { findRequest, findRequestAttempts } from '../db/queries/requests.ts';
import { StartError } from '../dev/start-error.ts';
import { requestSources } from '../domain/ledger.ts';
import { loggedStatuses } from '../domain/logging.ts';
import { attemptQueryOf, encodeAttempt, encodeRequest } from '../request-log/encode-request.ts';
import { exportFormats, exportRequests } from '../request-log/export-requests.ts';
import { findRequests } from '../request-log/find-requests.ts';
import { parseRequestQuery, type RequestQuery } from '../request-log/request-query.ts';
import type { AdminCommand, AdminDependencies } from './admin-command.ts';
import { type AdminOptions, parseNumber } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatRequest, formatRequests } from './format-requests.ts';

const defaultLimit = 20;
const maxLimit = 1000;
/** The commands read all tenants. */
const reader = { tenantId: '', scopes: ['admin'] } as const;

/** The commands that read the request log. */
export const requestCommands: Readonly<Record<string, AdminCommand>> = {
  request: {
    usage: "ID [--json]                one request with its attempts, by the gateway's id or the client's x-request-id",
    run: async ({ database }, id, { json }) => {
      const row = await findRequest(database, undefined, id);
      if (!row)
        throw new StartError(`There is no request ${id}. The log has those of the last LOG_RETENTION_DAYS days.`);
      const attempts = (await findRequestAttempts(database, attemptQueryOf(row))).get(row.id) ?? [];
      if (!json) return formatRequest(row, attempts);
      return JSON.stringify({ ...encodeRequest(row), attempts: attempts.map(encodeAttempt) }, null, 2);
    },
  },
  requests: {
    takesArgument: false,
    usage: '[FILTER] [--limit N] [--json]  the newest requests of the last 24 hours, or of the time in FILTER',
    run: async (dependencies, _, values) => {
      const query = await parseFilter(dependencies, values);
      const first = parseNumber(values, 'limit') ?? defaultLimit;
      if (!Number.isInteger(first) || first < 1 || first > maxLimit) {
        throw new StartError(`--limit must be a whole number from 1 to ${maxLimit}.`);
      }
      const { rows, scannedUntil } = await findRequests(dependencies, query, { first });
      if (values.json) return JSON.stringify({ requests: rows.map(encodeRequest), scannedUntil }, null, 2);
      return formatRequests(rows, scannedUntil);
    },
  },
  'export-requests': {
    takesArgument: false,
    usage: '[FILTER] --format csv|ndjson  all requests that the filter selects',
    run: async (dependencies, _, values) => {
      const format = exportFormats.find((name) => name === values.format);
      if (!format) throw new StartError(`--format must be ${exportFormats.join(' or ')}.`);
      return exportRequests(dependencies, await parseFilter(dependencies, values), format);
    },
  },
};

async function parseFilter(dependencies: AdminDependencies, values: AdminOptions): Promise<RequestQuery> {
  const { tenant, key, route, model, provider, session, tag, status, source } = values;
  return parseRequestQuery(
    {
      tenantId: tenant === undefined ? undefined : (await findTenant(dependencies, tenant)).id,
      keyId: key,
      endUser: values['end-user'],
      sessionId: session,
      status: parseChoice('status', status, loggedStatuses),
      model,
      route,
      provider,
      errorCode: values['error-code'],
      tag,
      source: parseChoice('source', source, requestSources),
      minTotalMs: parseNumber(values, 'min-total-ms'),
      fellBack: values['fell-back'],
      since: parseTime('since', values.since),
      until: parseTime('until', values.until),
    },
    reader,
  );
}

function parseChoice<T extends string>(name: string, text: string | undefined, choices: readonly T[]): T | undefined {
  const choice = choices.find((value) => value === text);
  if (text === undefined || choice !== undefined) return choice;
  throw new StartError(`--${name} must be one of ${choices.join(', ')}.`);
}

/** Parses a day or a time. Without an offset it is UTC. */
function parseTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const time = new Date(/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);
  if (isTime && !Number.isNaN(time.getTime())) return time;
  throw new StartError(`--${name} must be a day or a time, such as 2026-01-31 or 2026-01-31T12:00:00Z.`);
}
