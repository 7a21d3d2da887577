import { GraphQLError } from 'graphql';
import { type ErrorCode, errorTable, GatewayError } from '../domain/errors.ts';
import { errorName, type Logger } from '../lib/logger.ts';

interface PresentOptions {
  /** `req_…` */
  readonly requestId: string;
  readonly logger: Logger;
}

/**
 * What a client is told of an error: a GatewayError with its code and message, a fault in the document as GraphQL words it,
 * and of anything else nothing but that it happened. Its own text goes nowhere, its name to the log.
 */
export function presentError(thrown: unknown, { requestId, logger }: PresentOptions): GraphQLError {
  const error = thrown instanceof GraphQLError ? thrown : undefined;
  const cause = rootOf(thrown);
  const http = error && httpOf(error);
  const place = error ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path } : {};
  const tell = (code: ErrorCode, message: string, more = {}) =>
    new GraphQLError(message, { ...place, extensions: { code, requestId, ...more, ...(http ? { http } : {}) } });
  if (cause instanceof GatewayError) {
    noteCause(cause, { requestId, logger });
    const { retryAfterSeconds } = cause;
    return tell(cause.code, cause.message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  }
  if (error && cause instanceof GraphQLError && isClientsFault(error))
    return tell(codeOf(error), withoutVariable(error));
  logger.error('a resolver failed', { requestId, path: error?.path?.join('.'), cause: errorName(cause) });
  return tell('internal', errorTable.internal.message);
}

/** What is wrong with a variable stands behind its value, which may hold anything, and is the message of the first error. */
function withoutVariable({ message, originalError }: GraphQLError): string {
  const [, variable] = /^(Variable "\$\w+") got invalid value /.exec(message) ?? [];
  if (variable === undefined) return withoutValues(message);
  const fault = originalError?.message ?? '';
  const said = message.slice(0, message.length - `; ${fault}`.length);
  const [, place] = / at "([\w.[\]]+)"$/.exec(said) ?? [];
  return `${variable} has an invalid value${place === undefined ? '' : ` at ${place}`}: ${withoutValues(fault)}`;
}

/** GraphQL's own words for a fault, without the value that is at fault: it may be a prompt, or a key. */
function withoutValues(message: string): string {
  return message
    .replace(/( unknown field )"([\s\S]*)"(?=, found: |\. Did you mean )/, (_, words, name) =>
      /^\w{1,64}$/.test(name) ? `${words}"${name}"` : `${words}"…"`,
    )
    .replace(/( cannot represent [^:]*): [\s\S]*$/, '$1.')
    .replace(/[,;]? found: [\s\S]*$/i, '')
    .replace(/\bValue "[\s\S]*"(?= does not exist in )/, 'Value "…"')
    .replace(/\b((?:Block)?String|Int|Float) "(?:[^"\\]|\\.)*"/, '$1')
    .replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => (/^"[$@]?[\w.![\]]+(?:\(\w+:\))?"$/.test(quoted) ? quoted : '"…"'))
    .replace(/[^.?!]$/, '$&.');
}

function rootOf(thrown: unknown): unknown {
  let root = thrown;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
}

function noteCause({ code, cause }: GatewayError, { requestId, logger }: PresentOptions): void {
  if (cause !== undefined) logger.warn('a resolver refused', { requestId, errorCode: code, cause: errorName(cause) });
}

/** Faults of arguments and variables point at these; a value of ours that does not fit its type points at its field. */
function isClientsFault({ path, nodes }: GraphQLError): boolean {
  return path === undefined || (nodes?.some(({ kind }) => kind !== 'Field') ?? false);
}

/**
 * The HTTP status that goes with an error. Yoga's `spec` turns it into 200 for clients that accept application/json only:
 * right for a fault in a document, but not where there is none, as in a body that is no JSON.
 */
function httpOf({ extensions: { http, code } }: GraphQLError): unknown {
  return code === 'BAD_REQUEST' && typeof http === 'object' ? { ...http, spec: false } : http;
}

/** The libraries have codes of their own, which are not ours. */
function codeOf({ extensions }: GraphQLError): ErrorCode {
  const { code } = extensions;
  return typeof code === 'string' && code in errorTable ? (code as ErrorCode) : 'invalid_request';
}
