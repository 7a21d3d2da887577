import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages';
import { clampEffort } from '../../domain/reasoning-effort.ts';
import type { ChatRequest, Message } from '../../domain/request.ts';
import { getClaudeFamily } from './anthropic-max-output-tokens.ts';

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

/** The models that cannot think. */
const unthinking = /^claude-(?:[12]\b|instant|3-(?:haiku|sonnet|opus|5-haiku|5-sonnet)$)/;

const budgetTokens = { minimal: 1024, low: 2048, medium: 8192, high: 24_576 } as const;
const minBudgetTokens = 1024;

const allEfforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
/** Those of the first adaptive models; the later ones have all. */
const firstEfforts = ['low', 'medium', 'high', 'max'] as const;
const firstAdaptiveFamilies: ReadonlySet<string> = new Set(['claude-opus-4-6', 'claude-sonnet-4-6']);

/**
 * Newer models get adaptive thinking and the effort by name, the next lower one where they lack it. Older ones get a budget
 * of tokens, at most half of `max_tokens`, so that an answer fits behind it; where that is less than the smallest budget they
 * take, they do not think, nor do they while they go on after tool calls whose signed thinking was not given back. The API
 * refuses thinking beside a forced tool, so that it is left out there. A model that cannot think is not asked to.
 * Source: platform.claude.com/docs, "Effort" and "Extended thinking".
 */
export function encodeAnthropicThinking(request: ChatRequest, maxTokens: number): Thinking {
  const { reasoningEffort: effort, translation } = request;
  const encoded = encodeThinking(request, maxTokens);
  const isKept = encoded.effort === undefined ? encoded.thinking !== undefined : encoded.effort === effort;
  // Without an effort Claude does not think.
  if (!isKept && effort !== undefined && effort !== 'none') translation?.adjust(['reasoning_effort']);
  return encoded;
}

function encodeThinking(request: ChatRequest, maxTokens: number): Thinking {
  const { reasoningEffort: effort } = request;
  const family = getClaudeFamily(request.model);
  if (effort === undefined || effort === 'none' || unthinking.test(family)) return {};
  const isForced = hasForcedTool(request);
  if (!budgetFamilies.has(family)) {
    const named = clampEffort(effort, firstAdaptiveFamilies.has(family) ? firstEfforts : allEfforts);
    return isForced ? { effort: named } : { thinking: { type: 'adaptive' }, effort: named };
  }
  if (isForced || goesOnUnsigned(request.messages)) return {};
  const level = clampEffort(effort, ['minimal', 'low', 'medium', 'high']) ?? 'minimal';
  const budget = Math.min(budgetTokens[level], Math.floor(maxTokens / 2));
  if (budget < minBudgetTokens) return {};
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

function hasForcedTool({ tools, toolChoice }: ChatRequest): boolean {
  return Boolean(tools?.length) && (toolChoice === 'required' || typeof toolChoice === 'object');
}

/**
 * Whether the conversation goes on after tool calls that came without signed thinking. Given a budget, the API refuses such
 * a turn, and some clients leave out what they do not know.
 */
function goesOnUnsigned(messages: readonly Message[]): boolean {
  if (messages.findLast(({ role }) => role !== 'system')?.role !== 'tool') return false;
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  const isSigned = ({ role, content }: Message) =>
    role === 'assistant' &&
    content.some((part) => part.type === 'reasoning' && (part.signature ?? part.redactedData) !== undefined);
  return !turn.some(isSigned);
}
