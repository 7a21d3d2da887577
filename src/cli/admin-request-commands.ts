import { findRequest, findRequestAttempts } from '../db/queries/requests.ts';
import { StartError } from '../dev/start-error.ts';
import { requestSources } from '../domain/ledger.ts';
import { loggedStatuses } from '../domain/logging.ts';
import { attemptQueryOf, encodeAttempt, encodeRequest } from '../request-log/encode-request.ts';
import { exportFormats, exportRequests } from '../request-log/export-requests.ts';
import { findRequests } from '../request-log/find-requests.ts';
import { parseRequestQuery, type RequestQuery } from '../request-log/request-query.ts';
import type { AdminCommands, AdminDependencies } from './admin-command.ts';
import { type AdminOptions, type OptionName, parseNumber } from './admin-options.ts';
import { findTenant } from './find-tenant.ts';
import { formatRequest, formatRequests } from './format-requests.ts';
import { parseTime } from './parse-time.ts';

const defaultLimit = 20;
const maxLimit = 1000;
/** The commands read all tenants. */
const reader = { tenantId: '', scopes: ['admin'] } as const;

const filterOptions = [
  ...(['tenant', 'key', 'end-user', 'session', 'status', 'model', 'route', 'provider', 'error-code'] as const),
  ...(['tag', 'source', 'min-total-ms', 'fell-back', 'since', 'until'] as const),
] satisfies OptionName[];

/** The commands that read the request log. */
export const requestCommands: AdminCommands = {
  request: {
    arguments: ['ID'],
    options: [],
    summary: "shows one request with its attempts, by the gateway's id or the client's x-request-id",
    run: async ({ database }, { arguments: [id = ''] }) => {
      const row = await findRequest(database, undefined, id);
      if (!row)
        throw new StartError(`There is no request ${id}. The log has those of the last LOG_RETENTION_DAYS days.`);
      const attempts = (await findRequestAttempts(database, attemptQueryOf(row))).get(row.id) ?? [];
      return {
        text: formatRequest(row, attempts),
        value: { ...encodeRequest(row), attempts: attempts.map(encodeAttempt) },
      };
    },
  },
  requests: {
    arguments: [],
    options: [...filterOptions, 'limit'],
    summary: 'lists the newest requests of the last 24 hours, or of the time that is named',
    run: async (dependencies, { values }) => {
      const query = await parseFilter(dependencies, values);
      const first = parseNumber(values, 'limit') ?? defaultLimit;
      if (!Number.isInteger(first) || first < 1 || first > maxLimit) {
        throw new StartError(`--limit must be a whole number from 1 to ${maxLimit}.`);
      }
      const { rows, scannedUntil } = await findRequests(dependencies, query, { first });
      return { text: formatRequests(rows, scannedUntil), value: { requests: rows.map(encodeRequest), scannedUntil } };
    },
  },
  'export-requests': {
    arguments: [],
    options: [...filterOptions, 'format'],
    summary: 'writes all requests that the filter selects',
    run: async (dependencies, { values }) => {
      const format = exportFormats.find((name) => name === values.format);
      if (!format) throw new StartError(`--format must be ${exportFormats.join(' or ')}.`);
      const parts = exportRequests(dependencies, await parseFilter(dependencies, values), format);
      return { text: '', value: null, parts };
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
      since: parseTime('--since', values.since),
      until: parseTime('--until', values.until),
    },
    reader,
  );
}

function parseChoice<T extends string>(name: string, text: string | undefined, choices: readonly T[]): T | undefined {
  const choice = choices.find((value) => value === text);
  if (text === undefined || choice !== undefined) return choice;
  throw new StartError(`--${name} must be one of ${choices.join(', ')}.`);
}
