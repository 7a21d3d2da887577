import * as z from 'zod';
import { type LocalServer, readBody, sendJson, startLocalServer } from './local-server.ts';
import { type RedisBackend, type RedisCommand, RedisError, type RedisOutcome } from './redis-backend.ts';
import { equalSecrets } from './secret.ts';

interface UpstashEndpointOptions {
  readonly backend: RedisBackend;
  /** The bearer token of all requests. */
  readonly token: string;
  readonly port?: number | undefined;
}

const parameterSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const commandSchema = z.tuple([z.string()], parameterSchema);
const commandsSchema = z.array(commandSchema);

/**
 * Serves Upstash's REST protocol, as its client uses it: `POST /` one command, `/pipeline` several in order,
 * `/multi-exec` several as one transaction.
 */
export function startUpstashEndpoint({ backend, token, port }: UpstashEndpointOptions): Promise<LocalServer> {
  return startLocalServer(async (request, response) => {
    if (!equalSecrets(request.headers.authorization ?? '', `Bearer ${token}`)) {
      return sendJson(response, 401, { error: 'Unauthorized' });
    }
    try {
      const body: unknown = JSON.parse(await readBody(request));
      const reply = await runRequest(backend, request.method === 'POST' ? request.url : undefined, body);
      sendJson(response, 200, encodeReply(reply, request.headers['upstash-encoding'] === 'base64'));
    } catch (error) {
      const { status, message } = describeError(error);
      sendJson(response, status, { error: message });
    }
  }, port);
}

async function runRequest(backend: RedisBackend, path: string | undefined, body: unknown) {
  switch (path) {
    case '/':
      return { result: await backend.run(commandSchema.parse(body)) };
    case '/pipeline':
      return runPipeline(backend, commandsSchema.parse(body));
    case '/multi-exec':
      return backend.runAtomically(commandsSchema.parse(body));
    default:
      throw new RedisError('ERR Only POST /, /pipeline and /multi-exec are served here');
  }
}

async function runPipeline(backend: RedisBackend, commands: readonly RedisCommand[]): Promise<RedisOutcome[]> {
  const outcomes: RedisOutcome[] = [];
  for (const command of commands) {
    try {
      outcomes.push({ result: await backend.run(command) });
    } catch (error) {
      if (!(error instanceof RedisError)) throw error;
      outcomes.push({ error: error.message });
    }
  }
  return outcomes;
}

function encodeReply(reply: RedisOutcome | readonly RedisOutcome[], base64: boolean): unknown {
  const encodeOutcome = (outcome: RedisOutcome) =>
    'error' in outcome ? outcome : { result: outcome.result === 'OK' ? 'OK' : encodeValue(outcome.result, base64) };
  return Array.isArray(reply) ? reply.map(encodeOutcome) : encodeOutcome(reply as RedisOutcome);
}

/**
 * Encodes lists, numbers, null and texts. Texts are in base64 on request, but not the status OK, as the protocol says.
 */
function encodeValue(value: unknown, base64: boolean): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((item) => encodeValue(item, base64));
  // The client library converts a hash to an object. On the wire it is a list.
  if (typeof value === 'object') return encodeValue(Object.entries(value).flat(), base64);
  const text = String(value);
  return base64 ? Buffer.from(text).toString('base64') : text;
}

function describeError(error: unknown): { status: number; message: string } {
  if (error instanceof RedisError) return { status: 400, message: error.message };
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    return { status: 400, message: 'ERR The body must be a command such as ["GET","key"], or a list of commands' };
  }
  return { status: 503, message: `ERR Redis does not answer: ${(error as Error).message}` };
}
