import { GraphQLError } from 'graphql';
import { type ErrorCode, errorTable, findGatewayError, type GatewayError } from '../domain/errors.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { persistedQueryNotSupported } from './persisted-queries.ts';

/** What an error is presented with. */
export interface PresentErrorOptions {
  /** `req_…` */
  readonly requestId: string;
  readonly logger: Logger;
}

/**
 * Converts an error to the form that clients see: a GatewayError with its code and message, an error in the document
 * with the message of GraphQL, any other error as `internal`. The message of such an error goes nowhere; its name is
 * logged.
 */
export function presentError(thrown: unknown, { requestId, logger }: PresentErrorOptions): GraphQLError {
  const error = thrown instanceof GraphQLError ? thrown : undefined;
  const cause = getRootCause(thrown);
  const http = error && getHttpExtension(error);
  const location = error
    ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path }
    : {};
  const present = (code: ErrorCode | typeof persistedQueryNotSupported, message: string, more = {}) =>
    new GraphQLError(message, { ...location, extensions: { code, requestId, ...more, ...(http ? { http } : {}) } });
  const gatewayError = findGatewayError(cause);
  if (gatewayError) {
    logCause(gatewayError, { requestId, logger });
    const { retryAfterSeconds } = gatewayError;
    return present(
      gatewayError.code,
      gatewayError.message,
      retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
    );
  }
  if (error?.extensions.code === persistedQueryNotSupported) return present(persistedQueryNotSupported, error.message);
  if (error && cause instanceof GraphQLError && isClientError(error))
    return present(getErrorCode(error), removeVariableValue(error));
  logger.error('a resolver failed', { requestId, path: error?.path?.join('.'), cause: errorName(cause) });
  return present('internal', errorTable.internal.message);
}

/**
 * Removes the value of a variable from a message, because it may contain anything. The reason stands behind it, and is
 * the message of the original error.
 */
function removeVariableValue({ message, originalError }: GraphQLError): string {
  const [, variable] = /^(Variable "\$\w+") got invalid value /.exec(message) ?? [];
  if (variable === undefined) return removeValues(message);
  const reason = originalError?.message ?? '';
  const prefix = message.slice(0, message.length - `; ${reason}`.length);
  const [, path] = / at "([\w.[\]]+)"$/.exec(prefix) ?? [];
  return `${variable} has an invalid value${path === undefined ? '' : ` at ${path}`}: ${removeValues(reason)}`;
}

/** More of a message is a value in its middle. */
const maxMessageLength = 4_096;

/** Removes rejected values from a message of GraphQL: they may be a prompt, or a key. */
function removeValues(message: string): string {
  return shortenMiddle(message)
    .replace(/( unknown field )"([\s\S]*)"(?=, found: |\. Did you mean )/, (_, text, name) =>
      /^\w{1,64}$/.test(name) ? `${text}"${name}"` : `${text}"…"`,
    )
    .replace(/( cannot represent [^:]*): [\s\S]*$/, '$1.')
    .replace(/[,;]? found: [\s\S]*$/i, '')
    .replace(/\bValue "[\s\S]*"(?= does not exist in )/, 'Value "…"')
    .replace(/\b((?:Block)?String|Int|Float) "(?:[^"\\]|\\.)*"/, '$1')
    .replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => (/^"[$@]?[\w.![\]]+(?:\(\w+:\))?"$/.test(quoted) ? quoted : '"…"'))
    .replace(/[^.?!]$/, '$&.');
}

function shortenMiddle(message: string): string {
  if (message.length <= maxMessageLength) return message;
  return `${message.slice(0, maxMessageLength / 2)}…${message.slice(-maxMessageLength / 2)}`;
}

function getRootCause(thrown: unknown): unknown {
  let root = thrown;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
}

function logCause({ code, cause }: GatewayError, { requestId, logger }: PresentErrorOptions): void {
  if (cause !== undefined) logger.warn('a resolver refused', { requestId, errorCode: code, cause: errorName(cause) });
}

/**
 * Returns whether the client caused an error. Errors in arguments and variables point at those. A value of ours that
 * does not fit its type points at its field.
 */
function isClientError({ path, nodes }: GraphQLError): boolean {
  return path === undefined || (nodes?.some(({ kind }) => kind !== 'Field') ?? false);
}

/**
 * Returns the HTTP status for an error. With `spec`, Yoga turns it into 200 for clients that accept application/json
 * only. That is right for an error in a document, but not without a document, as in a body that is no JSON.
 */
function getHttpExtension({ extensions: { http, code } }: GraphQLError): unknown {
  return code === 'BAD_REQUEST' && typeof http === 'object' ? { ...http, spec: false } : http;
}

/** Returns the error's code. The libraries have codes of their own, which are not in our table. */
function getErrorCode({ extensions }: GraphQLError): ErrorCode {
  const { code } = extensions;
  return typeof code === 'string' && code in errorTable ? (code as ErrorCode) : 'invalid_request';
}
