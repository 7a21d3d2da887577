import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import { toResponseId } from '../../domain/job.ts';
import type { StreamEnd } from '../../domain/stream-end.ts';
import { ClientDisconnectedError } from '../../gateway/deadlines.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import { checkResultLength } from '../../jobs/check-result-length.ts';
import type { JobAttempt } from '../../jobs/job-dependencies.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import { parseExactJson } from '../../lib/exact-json.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import { findModelFacts } from '../../providers/model-facts.ts';
import type { Endpoint } from '../../providers/provider.ts';
import { SseReader } from '../../providers/sse-reader.ts';
import { toSeconds } from './encode-openai-response.ts';
import { encodeOpenAiResponseEvents } from './encode-openai-response-events.ts';
import { parsePreviousId } from './find-previous-items.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { preparePassedResponse } from './prepare-passed-response.ts';
import { createTranslationContext, type ResponseRun, type RunResult, responseSchema } from './response-run.ts';

type Body = ResponseRun['body'];

const eventSchema = z.looseObject({ type: z.string(), delta: z.string().optional().catch(undefined) });

/**
 * Sends the body as the synchronous route does, in the foreground: the gateway stores the reply, and not the provider. Resolves with what
 * reads the reply, once it has begun.
 */
export async function forwardResponse(run: ResponseRun, endpoint: Endpoint): Promise<() => Promise<RunResult>> {
  const { attempt, responses, request, text, body } = run;
  const { target } = request;
  const { gateway, job } = attempt;
  const { tenantId } = job;
  const passed = { responses, tenantId, target, text, body };
  const plain = await preparePassedResponse(createTranslationContext(attempt), gateway.compactions, passed);
  const { body: stream, ended } = await gateway.forwardStream({
    ...request,
    endpoint,
    body: setJsonProperties(plain.text, createForegroundFields(body, target)),
    stripUsageChunk: false,
    encodeReply: encodeOpenAiResponseEvents,
    encodeError: (error, eventNumber) => openAiProtocol.errorEvent(error, request.requestId, eventNumber),
    size: () => ({
      input: readPrompt(plain.body, plain.text),
      maxOutput: typeof body.max_output_tokens === 'number' ? body.max_output_tokens : undefined,
      unpriced: hasUnlistedPrice(body, text),
    }),
  });
  return async () => await readResponse(run, stream, ended);
}

async function readResponse(
  { attempt, body }: ResponseRun,
  stream: ReadableStream<Uint8Array>,
  ended: Promise<StreamEnd>,
): Promise<RunResult> {
  const { job } = attempt;
  const read = await readEvents(stream, attempt).then(
    (final) => ({ final, thrown: undefined }),
    (thrown: unknown) => ({ final: undefined, thrown }),
  );
  // The request is settled in any case before its attempt ends.
  const end = await ended;
  if (end.outcome === 'failed') throw end.error;
  if (read.thrown !== undefined) throw read.thrown;
  if (end.outcome === 'client_disconnected') throw new ClientDisconnectedError();
  const { final } = read;
  if (!final || final.status === 'failed')
    throw new GatewayError('provider_error', 'The provider sent no whole response.');
  const response = {
    ...final,
    id: toResponseId(job.id),
    created_at: toSeconds(job.createdAtMs),
    previous_response_id: parsePreviousId(body),
    background: true,
    store: true,
  };
  return { response, input: body.input };
}

/** Creates the JSON of the fields that differ from what the client has sent. */
function createForegroundFields(body: Body, { provider, model }: Target): Record<string, string> {
  const fields = { model: JSON.stringify(model), background: 'false', stream: 'true', store: 'false' };
  const { include } = body;
  const abilities = findModelFacts(provider.pricingVendor ?? '', model)?.abilities ?? [];
  // Without it reasoning could not be sent back, because the provider does not store it. Other models refuse it.
  const reasons = abilities.includes('reasoning') || (body.reasoning ?? null) !== null;
  const value = 'reasoning.encrypted_content';
  const isMissing = include === undefined || include === null || (Array.isArray(include) && !include.includes(value));
  if (!reasons || !isMissing) return fields;
  return { ...fields, include: JSON.stringify([...(Array.isArray(include) ? include : []), value]) };
}

/** Writes the events of a provider's stream, and resolves with the response of its last one. Ends the stream where it is too long. */
async function readEvents(
  stream: ReadableStream<Uint8Array>,
  { write }: JobAttempt,
): Promise<RunResult['response'] | undefined> {
  const sse = new SseReader();
  let final: RunResult['response'] | undefined;
  let length = 0;
  const take = (messages: readonly { readonly data: string }[]) => {
    let content = '';
    let events = '';
    for (const { data } of messages) {
      const event = parseEvent(data);
      if (!event) continue;
      if (lifecycleTypes.test(event.type)) final = readFinal(event.type, data) ?? final;
      else if (event.type.startsWith('response.')) {
        const { type, sequence_number: _, ...fields } = event;
        events += `${toJsonLine({ type, ...fields })}\n`;
        if (type === 'response.output_text.delta') content += event.delta ?? '';
        length += event.delta?.length ?? data.length;
      }
    }
    checkResultLength(length);
    if (events !== '') write({ content, events });
  };
  // Leaving the loop by an error cancels the stream.
  for await (const bytes of stream) take(sse.push(bytes));
  take(sse.end());
  return final;
}

const lifecycleTypes = /^response\.(?:created|queued|in_progress|completed|incomplete|failed)$/;

function parseEvent(data: string): z.infer<typeof eventSchema> | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

/** Reads the response of a last event, in which numbers keep their digits. */
function readFinal(type: string, data: string): RunResult['response'] | undefined {
  if (!/\.(?:completed|incomplete|failed)$/.test(type)) return undefined;
  return z.object({ response: responseSchema }).safeParse(parseExactJson(data)).data?.response;
}
