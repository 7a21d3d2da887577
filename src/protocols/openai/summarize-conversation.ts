import { GatewayError } from '../../domain/errors.ts';
import { joinText } from '../../domain/request.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { CompletedChat, GatewayRequest, Target } from '../../gateway/gateway-request.ts';
import type { HttpContext } from '../../http/context.ts';
import type { ResponseStore } from '../../responses-store/response-store.ts';
import { createCompactionChat } from './create-compaction-chat.ts';
import { type TranslatedResponsesRequest, translateOpenAiResponses } from './translate-openai-responses.ts';

type Body = Readonly<Record<string, unknown>>;

/** A conversation whose model has no Responses. */
export interface UncompactedConversation {
  readonly request: GatewayRequest;
  readonly target: Target;
  readonly text: string;
  readonly body: Body;
}

/** The summary of a conversation. */
export interface SummarizedConversation extends Pick<CompletedChat, 'usage'> {
  readonly translated: TranslatedResponsesRequest;
  /** The opaque value of the summary. */
  readonly opaque: string;
}

/**
 * Has the conversation of a Responses request summarised by its model. Throws `unprocessable`, which clients do not repeat by
 * themselves, where the summary lacks a part.
 */
export async function summarizeConversation(
  context: HttpContext,
  gateway: Gateway,
  responses: ResponseStore,
  { request, target, text, body }: UncompactedConversation,
): Promise<SummarizedConversation> {
  const { compactions } = gateway;
  // What a reply would call, or look like, says nothing to a summary.
  const { tools, tool_choice, parallel_tool_calls, text: format, ...conversation } = body;
  const source = { target, compactions, text, body: conversation };
  const translated = await translateOpenAiResponses(context, responses, source);
  const chat = createCompactionChat(translated.chat);
  const completed = await gateway.complete({ ...request, target, chat }).catch((thrown: unknown): never => {
    throw translated.mapError(thrown);
  });
  context.set('report', completed.report);
  const opaque = await compactions.encrypt(request.principal.tenantId, readSummary(completed));
  if (opaque === undefined) throw noSummaryError('is too long');
  return { translated, opaque, usage: completed.usage };
}

function readSummary({ content, finishReason, refusal }: CompletedChat): string {
  if (finishReason === 'length') throw noSummaryError('has reached the maximum of output tokens');
  const summary = joinText(content).trim();
  if (finishReason === 'content_filter' || refusal || summary === '') throw noSummaryError('is refused or empty');
  return summary;
}

function noSummaryError(fault: string): GatewayError {
  const message = `cannot be compacted, because the model's summary ${fault}: send a part of it, or use another model`;
  return new GatewayError('unprocessable', [{ path: ['input'], message }]);
}
