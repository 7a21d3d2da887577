import type { MessageCreateParamsBase as BetaMessageParams } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages/messages';
import type { ChatCompletionCreateParamsBase } from 'openai/resources/chat/completions/completions';
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses';

/** The bodies that the official SDKs of the installed versions can send. `betas` becomes a header. */
export type ChatParams = ChatCompletionCreateParamsBase;
export type ResponseParams = ResponseCreateParamsBase;
export type MessageParams = MessageCreateParamsBase;
export type BetaParams = Omit<BetaMessageParams, 'betas'>;
