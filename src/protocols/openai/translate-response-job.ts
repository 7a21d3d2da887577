import { GatewayError } from '../../domain/errors.ts';
import type { ChatStream } from '../../gateway/chat-stream.ts';
import type { ChatStreamEvent } from '../../gateway/chat-stream-event.ts';
import type { ChatGatewayRequest } from '../../gateway/gateway-request.ts';
import { checkResultLength } from '../../jobs/check-result-length.ts';
import { createResponseSettings } from './create-response-settings.ts';
import { OpenAiResponseStreamEncoder } from './encode-openai-response-stream.ts';
import { toEventLines } from './response-event-lines.ts';
import { createTranslationContext, type ResponseRun, type RunResult, toIdSuffix } from './response-run.ts';
import { translateOpenAiResponses } from './translate-openai-responses.ts';

/**
 * Makes the reply that the synchronous route makes of a translated request. Its ids are made of that of the job. Resolves with what reads
 * the reply, once it has begun.
 */
export async function translateResponse({
  attempt,
  responses,
  request,
  text,
  body,
}: ResponseRun): Promise<() => Promise<RunResult>> {
  const { target } = request;
  const { gateway, job } = attempt;
  const context = createTranslationContext(attempt);
  const translated = await translateOpenAiResponses(context, responses, {
    target,
    compactions: gateway.compactions,
    text,
    body,
  });
  const { chat, fields, toolNames, previousResponseId, mapError } = translated;
  let response: RunResult['response'] | undefined;
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
    async (whole) => {
      response = { ...whole, output: [...whole.output] };
      return true;
    },
  );
  const chatRequest: ChatGatewayRequest = { ...request, chat, takesOpaqueValues: true };
  const { events } = await gateway.stream(chatRequest).catch((thrown: unknown) => {
    throw mapError(thrown);
  });
  return async () => {
    await writeEvents(attempt, events, encoder);
    if (!response) throw new GatewayError('internal');
    return { response, input: translated.body.input };
  };
}

/** Writes the events of a reply to the job, until its end. */
async function writeEvents(
  { write }: ResponseRun['attempt'],
  events: ChatStream,
  encoder: OpenAiResponseStreamEncoder,
): Promise<void> {
  try {
    let length = 0;
    for (let batch = await events.read(); batch; batch = await events.read()) {
      let encoded = '';
      let content = '';
      for (const event of batch) {
        if (event.type === 'text') content += event.text;
        length += countOutput(event);
        if (event.type === 'done') {
          const end = encoder.prepareEnd(event.result);
          encoded += end.text;
          await end.ready;
        } else encoded += encoder.encode(event);
      }
      checkResultLength(length);
      if (encoded !== '') write({ content, events: toEventLines(encoded) });
    }
  } catch (error) {
    await events.stop(error instanceof GatewayError ? error : undefined);
    throw error;
  }
}

/** Counts what an event adds to the reply. */
function countOutput(event: ChatStreamEvent): number {
  if (event.type === 'tool_arguments') return event.json.length;
  return 'text' in event ? event.text.length : 0;
}
