import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import type { ChatRequest, Message } from '../../domain/request.ts';
import { getClaudeFamily } from './anthropic-max-output-tokens.ts';

type ReasoningEffort = NonNullable<ChatRequest['reasoningEffort']>;

/** How a call's reasoning effort is said in a Messages request. */
export interface Thinking {
  readonly thinking?: ThinkingConfigParam | undefined;
  readonly effort?: OutputConfig['effort'] | undefined;
}

/** The models that think only when they are given a budget. Those after them think adaptively and refuse one. */
const budgetFamilies: ReadonlySet<string> = new Set([
  'claude-3-7-sonnet',
  'claude-sonnet-4',
  'claude-sonnet-4-5',
  'claude-opus-4',
  'claude-opus-4-1',
  'claude-opus-4-5',
  'claude-haiku-4-5',
]);

const budgetTokens: Readonly<Record<ReasoningEffort, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 24_576,
};
const minBudgetTokens = 1024;

/**
 * Newer models get adaptive thinking and the effort by name (`minimal` does not exist there and becomes `low`). Older
 * ones get a budget of tokens, at most half of `max_tokens`, so that an answer fits behind it; where that is less than
 * the smallest budget they take, they do not think, nor do they while they go on after tool calls whose sealed thinking
 * was not given back. A model that cannot think at all refuses the request itself.
 * Source: platform.claude.com/docs, "Effort" and "Extended thinking".
 */
export function encodeAnthropicThinking(request: ChatRequest, maxTokens: number): Thinking {
  const effort = request.reasoningEffort;
  if (effort === undefined) return {};
  if (!budgetFamilies.has(getClaudeFamily(request.model))) {
    return { thinking: { type: 'adaptive' }, effort: effort === 'minimal' ? 'low' : effort };
  }
  if (goesOnUnsealed(request.messages)) return {};
  const budget = Math.min(budgetTokens[effort], Math.floor(maxTokens / 2));
  if (budget < minBudgetTokens) return {};
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

/**
 * Whether the conversation goes on after tool calls that came without sealed thinking. Given a budget, the API refuses
 * such a turn, and clients of protocols that have no place for a seal cannot but leave it out.
 */
function goesOnUnsealed(messages: readonly Message[]): boolean {
  if (messages.findLast(({ role }) => role !== 'system')?.role !== 'tool') return false;
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  const isSealed = ({ role, content }: Message) =>
    role === 'assistant' && content.some((part) => part.type === 'reasoning' && part.signature !== undefined);
  return !turn.some(isSealed);
}
