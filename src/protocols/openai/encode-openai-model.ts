import type { ModelFacts } from '../../providers/model-facts.ts';
import type { ListedModel } from '../protocol.ts';

/** Abilities by the names of their fields. */
const abilities = {
  vision: 'vision',
  pdf: 'pdf',
  tools: 'tools',
  structured_outputs: 'structuredOutputs',
  reasoning: 'reasoning',
} as const;

/**
 * Encodes a model as OpenAI does, and what is known of it in further fields, which are left out where it is not known. `created`
 * has to be a number for OpenAI's clients: it is 0 where the date is not known.
 */
export function encodeOpenAiModel({ id, owner, contextWindow, facts }: ListedModel) {
  return {
    id,
    object: 'model',
    created: facts?.released === undefined ? 0 : Date.parse(facts.released) / 1000,
    owned_by: owner,
    context_window: contextWindow,
    max_output_tokens: facts?.maxOutputTokens,
    capabilities: facts && encodeCapabilities(facts),
  };
}

function encodeCapabilities(facts: ModelFacts) {
  const entries = Object.entries(abilities).map(
    ([name, ability]) => [name, facts.abilities.includes(ability)] as const,
  );
  return Object.fromEntries(entries);
}
