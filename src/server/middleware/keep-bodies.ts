import { readApiKey } from '../../auth/read-api-key.ts';
import { getWaitUntil, type HttpContext, type HttpEnv } from '../../http/context.ts';
import { BodyCollector } from '../../request-log/body-collector.ts';
import type { BodyRecorder } from '../../request-log/body-recorder.ts';
import { isJsonMediaType } from '../../request-log/is-json-media-type.ts';
import { RefusalSampler } from '../../request-log/refusal-sampler.ts';

export interface BodyKeeperOptions {
  /** The routes of model requests. */
  readonly paths: ReadonlySet<string>;
  readonly recorder: BodyRecorder;
  readonly now: () => number;
}

/**
 * Creates the function that keeps the bodies of a model request and its reply, where its API key asks for it. It takes the place of the
 * response by one that is read on its way to the client. Bodies that are not JSON, and replies that are no JSON, event stream or JSON
 * lines, are left out.
 */
export function createBodyKeeper({ paths, recorder, now }: BodyKeeperOptions) {
  const refusals = new RefusalSampler();
  return (context: HttpContext): Promise<void> | undefined => {
    const principal = context.get('principal') as HttpEnv['Variables']['principal'] | undefined;
    if (!principal || !recorder.keepsBodiesOf(principal)) return undefined;
    if (context.req.method !== 'POST' || !paths.has(context.req.routePath)) return undefined;
    const { status } = context.res;
    const hasAttempt = context.get('log')?.hasAttempt ?? false;
    // Without an attempt: a job that was created, or an earlier response to the same idempotency key.
    if (!hasAttempt && status < 400) return undefined;
    if (!hasAttempt && refusals.count(principal.keyId, now()) !== 1) return undefined;
    const keepsErrorsOnly = principal.keepBodies === 'errors';
    if (keepsErrorsOnly && status < 400 && !context.get('streamEnd')) return undefined;
    return keepBodies(context, { recorder, tenantId: principal.tenantId, keepsErrorsOnly });
  };
}

interface KeepOptions {
  readonly recorder: BodyRecorder;
  readonly tenantId: string;
  readonly keepsErrorsOnly: boolean;
}

async function keepBodies(context: HttpContext, { recorder, tenantId, keepsErrorsOnly }: KeepOptions): Promise<void> {
  const { status, headers } = context.res;
  const streamEnd = context.get('streamEnd');
  const isStream = !isJsonMediaType(headers.get('content-type'));
  const ids = { requestId: context.get('requestId'), tenantId, endUser: context.get('log')?.endUser };
  const secrets = readClientKey(context);
  // A body that breaks off can be read no second time.
  const request = await collectRequest(context).catch(() => undefined);
  const { reply, ended } = collectReply(context);
  const record = async () => {
    await ended;
    if (keepsErrorsOnly && status < 400 && (await streamEnd)?.outcome !== 'failed') return;
    await recorder.record({ ...ids, request, reply, isStream, secrets });
  };
  getWaitUntil(context)(record());
}

/** Returns the request's body as far as a handler has read it; Hono keeps it. */
async function collectRequest({ req }: HttpContext): Promise<BodyCollector | undefined> {
  if (Object.keys(req.bodyCache).length === 0 || !isJsonMediaType(req.header('content-type'))) return undefined;
  const collector = new BodyCollector();
  collector.append(new Uint8Array(await req.arrayBuffer()));
  return collector;
}

interface CollectedReply {
  readonly reply: BodyCollector | undefined;
  /** Resolves when the reply has ended, and never rejects. */
  readonly ended: Promise<void>;
}

const textTypes = /^(?:text\/event-stream|application\/(?:x-)?ndjson|application\/jsonl)\b/i;

function collectReply(context: HttpContext): CollectedReply {
  const { res } = context;
  const type = res.headers.get('content-type') ?? '';
  if (!res.body || !(isJsonMediaType(type) || textTypes.test(type)))
    return { reply: undefined, ended: Promise.resolve() };
  const reply = new BodyCollector();
  const { readable, writable } = new IdentityTransformStream();
  const ended = copyReply(res.body, writable, reply);
  // Hono merges the headers of the response that it has with those of a new one.
  const response = new Response(readable, res);
  context.res = undefined;
  context.res = response;
  return { reply, ended };
}

/** Copies a reply to the client as it comes. Never rejects: a client that leaves cancels the reply, and a reply that breaks breaks the client's. */
async function copyReply(
  body: ReadableStream<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  collector: BodyCollector,
): Promise<void> {
  const reader = body.getReader();
  const writer = writable.getWriter();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (!value) continue;
      collector.append(value);
      await writer.write(value);
    }
    await writer.close();
  } catch (reason) {
    await Promise.allSettled([reader.cancel(reason), writer.abort(reason)]);
  }
}

/** The client's key may have no shape by which it is recognised. */
function readClientKey({ req }: HttpContext): string[] {
  try {
    return [readApiKey(req.raw)];
  } catch {
    return [];
  }
}
