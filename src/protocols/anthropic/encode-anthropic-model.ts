import type { ModelAbility, ModelFacts } from '../../providers/model-facts.ts';
import type { ListedModel } from '../protocol.ts';

/**
 * Encodes a model as Anthropic's `ModelInfo`. `created_at` is the epoch if the date is not known, as Anthropic's reference has it. Sizes
 * and capabilities that are not known are null. A capability is supported if a request with it works through this gateway, also by
 * translation. The SDK's type requires all fields.
 */
export function encodeAnthropicModel({ id, contextWindow, facts }: ListedModel) {
  return {
    type: 'model',
    id,
    display_name: facts?.name ?? id,
    created_at: `${facts?.released ?? '1970-01-01'}T00:00:00Z`,
    max_input_tokens: contextWindow ?? null,
    max_tokens: facts?.maxOutputTokens ?? null,
    capabilities: facts ? encodeCapabilities(facts) : null,
    // The product line of Claude's models; other vendors have none.
    line: /(?:^|\/)claude-(?:[\d.-]+-)?(haiku|sonnet|opus|fable|mythos)\b/.exec(id)?.[1] ?? null,
    // Retired models are not listed, and their dates are not known.
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
  };
}

function encodeCapabilities(facts: ModelFacts) {
  const has = (...abilities: ModelAbility[]) => ({
    supported: abilities.some((ability) => facts.abilities.includes(ability)),
  });
  return {
    // There is no route for batches.
    batch: { supported: false },
    citations: has('citations'),
    code_execution: has('programmaticTools'),
    context_management: {
      supported: has('contextEditing', 'compaction').supported,
      clear_thinking_20251015: has('contextEditing'),
      clear_tool_uses_20250919: has('contextEditing'),
      compact_20260112: has('compaction'),
    },
    effort: encodeEffort(facts),
    image_input: has('vision'),
    pdf_input: has('pdf'),
    server_tools: {
      supported: has('webSearch', 'codeExecution').supported,
      web_search: has('webSearch'),
      code_execution: has('codeExecution'),
    },
    structured_outputs: has('structuredOutputs'),
    thinking: encodeThinking(facts),
  };
}

/** The efforts of a model of another vendor that reasons, where its own are not known: the translation finds the nearest. */
const translatedEfforts = ['low', 'medium', 'high'];

function encodeEffort(facts: ModelFacts) {
  const isTranslated = facts.thinking === undefined && facts.abilities.includes('reasoning');
  const efforts = facts.efforts ?? (isTranslated ? translatedEfforts : []);
  const level = (effort: string) => ({ supported: efforts.includes(effort) });
  return {
    supported: efforts.length > 0,
    low: level('low'),
    medium: level('medium'),
    high: level('high'),
    xhigh: level('xhigh'),
    max: level('max'),
  };
}

function encodeThinking({ abilities, thinking }: ModelFacts) {
  const reasons = abilities.includes('reasoning');
  // A translated request may have each of the three: it becomes an effort.
  const types = thinking ?? (reasons ? ['enabled', 'adaptive', 'disabled'] : ['disabled']);
  const type = (name: string) => ({ supported: types.includes(name) });
  return {
    supported: reasons,
    types: {
      adaptive: type('adaptive'),
      between_tools: type('between_tools'),
      disabled: type('disabled'),
      enabled: type('enabled'),
    },
  };
}
