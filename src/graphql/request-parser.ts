import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { GatewayError } from '../domain/errors.ts';
import { keepExactNumbers, parseExactJson } from '../lib/exact-json.ts';
import { findJsonSpans } from '../lib/find-json-spans.ts';
import { parseJsonBytes } from '../lib/parse-json-bytes.ts';

/**
 * Reads requests as the GraphQL over HTTP specification has them: a GET with parameters, or a POST of application/json. Any
 * other content type is a 415: a browser sends some of them to other origins without asking.
 */
export const requestParser: Plugin = {
  onRequestParse({ request, setRequestParser, endResponse }) {
    if (request.method === 'GET') setRequestParser(parseGetRequest);
    else if (request.method === 'POST') {
      if (isJson(request.headers.get('content-type'))) setRequestParser(parsePostRequest);
      else endResponse(new Response(null, { status: 415 }));
    }
  },
};

function isJson(contentType: string | null): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

async function parsePostRequest(request: Request): Promise<GraphQLParams> {
  const { text, value } = await parseJson(new Uint8Array(await request.arrayBuffer()), 'The body');
  if (typeof value !== 'object' || value === null)
    throw requestError(new GatewayError('invalid_request', 'The body is not a JSON object.'));
  if ('variables' in value && isRecord(value.variables))
    keepExactMetadata(text, { ...value, variables: value.variables });
  return value;
}

/** Keeps the digits of the metadata of jobs, wherever a variable has it. `text` is the body that the parameters were parsed from. */
function keepExactMetadata(
  text: string,
  { query, variables }: { readonly query?: unknown; readonly variables: Record<string, unknown> },
): void {
  const names = typeof query === 'string' ? [...query.matchAll(/\$(\w+)\s*:\s*JSON\b/g)].map(([, name]) => name) : [];
  const jsonVariables = new Set<unknown>(names);
  if (jsonVariables.size === 0 && !text.includes('"metadata"')) return;
  for (const { path, start, end } of findJsonSpans(text, ['variables', '{}'])) {
    const name = String(path[1]);
    const json = text.slice(start, end);
    if (jsonVariables.has(name)) variables[name] = parseExactJson(json);
    else keepExactNumbers(json, variables[name], [['metadata'], ['*', 'metadata']]);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function parseGetRequest({ url }: Request): Promise<GraphQLParams> {
  const { searchParams } = new URL(url);
  const params: Record<string, unknown> = {};
  for (const name of ['query', 'operationName']) params[name] = searchParams.get(name) || undefined;
  for (const name of ['variables', 'extensions']) {
    const text = searchParams.get(name);
    params[name] = text ? (await parseJson(new TextEncoder().encode(text), name)).value : undefined;
  }
  return params;
}

async function parseJson(bytes: Uint8Array, subject: string): Promise<{ text: string; value: unknown }> {
  try {
    return await parseJsonBytes(bytes, { subject });
  } catch (error) {
    throw error instanceof GatewayError ? requestError(error) : error;
  }
}

/** Gives an error its status: GraphQL's own errors are told under 200. */
function requestError(error: GatewayError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { http: { status: error.status } } });
}
