import * as z from 'zod';
import type { ResponseJobInput } from '../../db/queries/jobs.ts';
import { GatewayError } from '../../domain/errors.ts';
import { toResponseId } from '../../domain/job.ts';
import type { FinishReason } from '../../domain/response.ts';
import { ClientDisconnectedError } from '../../gateway/deadlines.ts';
import type { ChatGatewayRequest, GatewayRequest, Target } from '../../gateway/gateway-request.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import { checkResultLength } from '../../jobs/check-result-length.ts';
import type { JobAttempt, JobReply } from '../../jobs/job-dependencies.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import { parseExactJson } from '../../lib/exact-json.ts';
import { toJsonLine } from '../../lib/to-json-line.ts';
import { findModelFacts } from '../../providers/model-facts.ts';
import type { Endpoint } from '../../providers/provider.ts';
import { SseReader } from '../../providers/sse-reader.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { createReductionHint } from '../create-gateway-request.ts';
import type { TranslationContext } from '../translate-fields.ts';
import { continueStoredResponse } from './continue-stored-response.ts';
import { createResponseSettings } from './create-response-settings.ts';
import { createStoredItems } from './create-stored-items.ts';
import { toSeconds } from './encode-openai-response.ts';
import { encodeOpenAiResponseEvents } from './encode-openai-response-events.ts';
import { OpenAiResponseStreamEncoder } from './encode-openai-response-stream.ts';
import { parsePreviousId } from './find-previous-items.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { rejectUnrecordedIds } from './recorded-responses.ts';
import { removeResponsesOpaqueValues } from './remove-openai-opaque-values.ts';
import { toEventLines } from './response-event-lines.ts';
import { translateOpenAiResponses } from './translate-openai-responses.ts';

type Body = Readonly<Record<string, unknown>>;

/** A Responses request that a job runs. */
interface ResponseRun {
  readonly attempt: JobAttempt;
  readonly responses: ResponseStore;
  readonly request: GatewayRequest;
  readonly target: Target;
  /** The JSON that the client has sent. */
  readonly text: string;
  /** The same without `background`. */
  readonly body: Body;
}

/** A response and the input that it replies to. */
interface MadeResponse {
  readonly response: z.infer<typeof responseSchema>;
  readonly input: unknown;
}

const responseSchema = z.looseObject({
  status: z.string().optional().catch(undefined),
  incomplete_details: z.looseObject({ reason: z.string().optional() }).nullish().catch(undefined),
  output: z.array(z.unknown()),
});
const eventSchema = z.looseObject({ type: z.string(), delta: z.string().optional().catch(undefined) });
const messageSchema = z.object({
  type: z.literal('message'),
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
});

/** Returns what runs the Responses request of a job: passed through to a provider that has Responses, else translated. */
export function createResponseRunner(responses: ResponseStore) {
  return async (attempt: JobAttempt, { request: text }: ResponseJobInput): Promise<JobReply> => {
    const { gateway, requestId, job, signal, waitUntil } = attempt;
    const { background: _, ...body }: Body = JSON.parse(text);
    const target = await gateway.chooseTarget(job);
    const request: GatewayRequest = {
      requestId,
      principal: job.principal,
      source: 'job',
      provider: job.provider,
      model: job.model,
      target,
      signal,
      waitUntil,
      reductionHint: createReductionHint(body, ['max_output_tokens']),
    };
    const run = { attempt, responses, request, target, text, body };
    const endpoint = target.provider.endpoints?.responses;
    const { response, input } = endpoint ? await forwardResponse(run, endpoint) : await translateResponse(run);
    const { output, ...reply } = response;
    const row = await responses.prepare({
      tenantId: job.tenantId,
      id: toResponseId(job.id),
      previousId: parsePreviousId(body),
      input: JSON.stringify(createStoredItems(input, toIdSuffix(attempt))),
      output: JSON.stringify(output),
      reply: JSON.stringify(reply),
    });
    return { result: joinOutputText(output), finishReason: readFinishReason(response), response: row };
  };
}

/** Makes the reply that the synchronous route makes of a translated request. Its ids are made of that of the job. */
async function translateResponse({
  attempt,
  responses,
  request,
  target,
  text,
  body,
}: ResponseRun): Promise<MadeResponse> {
  const { gateway, job, write } = attempt;
  const context = createTranslationContext(attempt);
  const translated = await translateOpenAiResponses(context, responses, { target, text, body });
  const { chat, fields, toolNames, previousResponseId, mapError } = translated;
  let made: MadeResponse['response'] | undefined;
  const encoder = new OpenAiResponseStreamEncoder(
    {
      idSuffix: toIdSuffix(attempt),
      model: target.model,
      createdAtMs: job.createdAtMs,
      now: gateway.now,
      previousResponseId,
      store: true,
      background: true,
      settings: createResponseSettings(fields, translated.body),
      toolNames,
    },
    async (response) => {
      made = { ...response, output: [...response.output] };
      return true;
    },
  );
  const chatRequest: ChatGatewayRequest = { ...request, chat, takesOpaqueValues: true };
  const { events } = await gateway.stream(chatRequest).catch((thrown: unknown) => {
    throw mapError(thrown);
  });
  try {
    let length = 0;
    for (let batch = await events.read(); batch; batch = await events.read()) {
      let encoded = '';
      let content = '';
      for (const event of batch) {
        if (event.type === 'text') content += event.text;
        if (event.type === 'done') {
          const end = encoder.prepareEnd(event.result);
          encoded += end.text;
          await end.ready;
        } else encoded += encoder.encode(event);
      }
      length += encoded.length;
      checkResultLength(length);
      if (encoded !== '') write({ content, events: toEventLines(encoded) });
    }
  } catch (error) {
    await events.stop(error instanceof GatewayError ? error : undefined);
    throw error;
  }
  if (!made) throw new GatewayError('internal');
  return { response: made, input: translated.body.input };
}

/** What was reported, or rejected, when the job was created is not again. */
function createTranslationContext({ job }: JobAttempt): TranslationContext {
  return {
    get: () => ({ ...job.principal, strict: false }),
    set: () => undefined,
    req: { header: () => undefined },
  };
}

/** Sends the body as the synchronous route does, in the foreground: the gateway stores the reply, and not the provider. */
async function forwardResponse(run: ResponseRun, endpoint: Endpoint): Promise<MadeResponse> {
  const { attempt, responses, request, target, text, body } = run;
  const { gateway, job } = attempt;
  const { tenantId } = job;
  const continued = await continueStoredResponse(responses, tenantId, { text, body });
  await rejectUnrecordedIds({ responses, tenantId, target, body: continued.body });
  const plain = removeResponsesOpaqueValues(continued.text, continued.body);
  const { body: stream, ended } = await gateway.forwardStream({
    ...request,
    target,
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
  // Rejects where the result is too long. The request is settled in any case before its attempt ends.
  const final = await readEvents(stream, attempt).finally(() => ended);
  const end = await ended;
  if (end.outcome === 'failed') throw end.error;
  if (end.outcome === 'client_disconnected') throw new ClientDisconnectedError();
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
): Promise<MadeResponse['response'] | undefined> {
  const sse = new SseReader();
  let final: MadeResponse['response'] | undefined;
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
      }
    }
    length += events.length;
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
function readFinal(type: string, data: string): MadeResponse['response'] | undefined {
  if (!/\.(?:completed|incomplete|failed)$/.test(type)) return undefined;
  return z.object({ response: responseSchema }).safeParse(parseExactJson(data)).data?.response;
}

/** What `resp_`, `msg_` and the other ids of a reply are made of. It is the same in every attempt. */
function toIdSuffix({ job }: JobAttempt): string {
  return job.id.slice('job_'.length);
}

/** Returns the finish reason of a job. Of a refusal, which is a whole reply, it is `stop`: the webhook of the job goes by it. */
function readFinishReason({ status, incomplete_details: details, output }: MadeResponse['response']): FinishReason {
  if (status === 'incomplete') return details?.reason === 'content_filter' ? 'content_filter' : 'length';
  const isCall = z.object({ type: z.enum(['function_call', 'custom_tool_call']) });
  return output.some((item) => isCall.safeParse(item).success) ? 'tool_calls' : 'stop';
}

function joinOutputText(output: readonly unknown[]): string {
  return output
    .flatMap((item) => messageSchema.safeParse(item).data?.content ?? [])
    .map(({ type, text = '' }) => (type === 'output_text' ? text : ''))
    .join('');
}
