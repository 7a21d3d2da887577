import type { EndpointReply } from '../providers/provider.ts';
import type { Attempt } from './attempt.ts';
import { ChatStream } from './chat-stream.ts';
import type { ReplyContinuations } from './continuity/reply-continuations.ts';
import type { ChatGatewayRequest, GatewayResult } from './gateway-request.ts';
import { OutputAccumulator } from './output-accumulator.ts';
import { rejectEmptyReply } from './reject-empty-reply.ts';
import { WholeReplyDecoder } from './whole-reply-decoder.ts';

const decoder = new TextDecoder();

/** Throws `provider_error` for a whole reply of text that is empty. */
export function rejectEmpty({ content, refusal, finishReason, usage }: EndpointReply, { provider }: Attempt): void {
  if (!content) return;
  const hasContent = refusal !== undefined || content.some((part) => part.type === 'tool_call' || part.text !== '');
  rejectEmptyReply({ finishReason, hasContent, outputTokens: usage?.output }, provider.name);
}

/** Settles a request whose whole response was decoded on the side. */
export function completeForwarded(attempt: Attempt, response: EndpointReply): GatewayResult {
  attempt.recordResponse(response);
  const output =
    response.content && OutputAccumulator.of({ ...response, content: response.content }, attempt.tokenFactor);
  return attempt.complete(response.finishReason, output);
}

/** Streams a reply that the provider sent whole. Throws as decoding it does. */
export function replayReply(
  attempt: Attempt,
  body: Uint8Array,
  chat: ChatGatewayRequest['chat'],
  continuations: ReplyContinuations | undefined,
): ChatStream {
  const reply = attempt.provider.decodeResponse(decoder.decode(body), chat);
  return new ChatStream(attempt, new Response(null), new WholeReplyDecoder(reply), continuations);
}
