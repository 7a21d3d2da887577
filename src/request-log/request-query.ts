import type { FieldPath } from '../domain/error-issue.ts';
import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import type { RequestSource } from '../domain/ledger.ts';
import type { LoggedStatus } from '../domain/logging.ts';
import type { Principal } from '../domain/principal.ts';
import type { RequestFilter } from '../domain/request-filter.ts';

type Optional<T> = T | null | undefined;

/** What a client asks of the request log. Null means the same as absent. */
export interface RequestQueryInput {
  readonly tenantId?: Optional<string>;
  readonly id?: Optional<string>;
  readonly keyId?: Optional<string>;
  readonly endUser?: Optional<string>;
  readonly sessionId?: Optional<string>;
  readonly status?: Optional<LoggedStatus>;
  readonly model?: Optional<string>;
  readonly route?: Optional<string>;
  readonly provider?: Optional<string>;
  readonly errorCode?: Optional<string>;
  /** `name=value` */
  readonly tag?: Optional<string>;
  readonly source?: Optional<RequestSource>;
  readonly minTotalMs?: Optional<number>;
  readonly fellBack?: Optional<boolean>;
  /** Inclusive. */
  readonly since?: Optional<Date>;
  /** Exclusive. */
  readonly until?: Optional<Date>;
}

/** A checked query of the request log. */
export interface RequestQuery {
  readonly filter: RequestFilter;
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  /** The fields by the names that the client has for them: `filter.since`. */
  readonly path: FieldPath;
}

const textFields = [
  ...(['tenantId', 'id', 'keyId', 'endUser', 'sessionId', 'model', 'route', 'provider', 'errorCode', 'tag'] as const),
];
const maxTextLength = 256;
const maxMs = 2_147_483_647;
const textProblem = `must have 1 to ${maxTextLength} characters, none of them a control character`;

/** Whose requests a key may read. */
type LogReader = Pick<Principal, 'tenantId' | 'scopes'>;

/**
 * Checks a query. A key with the scope `admin` reads the requests of all tenants, others those of their own. Throws
 * `invalid_request` that names the field below `path`, and `forbidden` for another tenant.
 */
export function parseRequestQuery(input: RequestQueryInput, reader: LogReader, path: FieldPath = []): RequestQuery {
  for (const name of textFields) checkText(input[name], [...path, name]);
  const { id, status, source, minTotalMs, fellBack, since, until } = input;
  if (minTotalMs != null && !(Number.isInteger(minTotalMs) && minTotalMs >= 0 && minTotalMs <= maxMs)) {
    throw invalidFieldError([...path, 'minTotalMs'], `must be a whole number from 0 to ${maxMs}`);
  }
  const filter: RequestFilter = {
    tenantId: chooseTenant(input.tenantId ?? undefined, reader),
    id: id ?? undefined,
    keyId: input.keyId ?? undefined,
    endUser: input.endUser ?? undefined,
    sessionId: input.sessionId ?? undefined,
    status: status ?? undefined,
    model: input.model ?? undefined,
    route: input.route ?? undefined,
    provider: input.provider ?? undefined,
    errorCode: input.errorCode ?? undefined,
    tag: input.tag == null ? undefined : parseTag(input.tag, [...path, 'tag']),
    source: source ?? undefined,
    minTotalMs: minTotalMs ?? undefined,
    fellBack: fellBack ?? undefined,
  };
  if (filter.id !== undefined) checkStandsAlone(filter, [...path, 'id']);
  return { filter, since: since ?? undefined, until: until ?? undefined, path };
}

function checkText(value: Optional<string>, path: FieldPath): void {
  if (value == null) return;
  if (value.length === 0 || value.length > maxTextLength || !value.isWellFormed() || /\p{Cc}/u.test(value)) {
    throw invalidFieldError(path, textProblem);
  }
}

function chooseTenant(tenantId: string | undefined, reader: LogReader): string | undefined {
  if (reader.scopes.includes('admin')) return tenantId;
  if (tenantId !== undefined && tenantId !== reader.tenantId) {
    throw new GatewayError('forbidden', 'Requests of other tenants are for keys with the scope admin.');
  }
  return reader.tenantId;
}

function parseTag(text: string, path: FieldPath): RequestFilter['tag'] {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw invalidFieldError(path, 'must be name=value, such as team=search');
  return { name, value };
}

function checkStandsAlone(filter: RequestFilter, path: FieldPath): void {
  const { tenantId: _tenantId, id: _id, ...others } = filter;
  if (Object.values(others).every((value) => value === undefined)) return;
  throw invalidFieldError(path, 'finds a request alone: leave the other fields out, but for tenantId, since and until');
}
