import { GatewayError } from '../domain/errors.ts';
import type { FinishReason } from '../domain/response.ts';

/** A reply as far as its emptiness is concerned. */
interface ReplyShape {
  readonly finishReason: FinishReason;
  readonly hasContent: boolean;
  /** Output tokens as the provider has counted them. */
  readonly outputTokens: number | undefined;
}

/**
 * Throws `provider_error` for a whole reply without anything in it, which a provider under load sends at times, so that another target
 * answers in its place. One that was cut off by its length or a filter is a reply.
 */
export function rejectEmptyReply(
  { finishReason, hasContent, outputTokens = 0 }: ReplyShape,
  providerName: string,
): void {
  if (hasContent || outputTokens > 0 || (finishReason !== 'stop' && finishReason !== 'other')) return;
  throw new GatewayError('provider_error', `${providerName} sent an empty reply.`, { detail: 'empty_reply' });
}
