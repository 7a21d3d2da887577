import type { ChatParameters } from './chat-api-types.ts';
import { type JsonRecord, toList, toNumber, toText } from './json-value.ts';

/** Where an API has the parameters of a request. */
interface ParameterSources {
  readonly maxTokens: unknown;
  readonly effort: unknown;
  readonly stop?: unknown;
  readonly seed?: unknown;
}

/** Reads the parameters of a logged request. Those of a wrong type are left out. */
export function readLoggedParameters(body: JsonRecord, sources: ParameterSources): ChatParameters {
  const temperature = toNumber(body.temperature);
  const topP = toNumber(body.top_p);
  const maxTokens = toNumber(sources.maxTokens);
  const effort = toText(sources.effort);
  const seed = toNumber(sources.seed);
  const stop = typeof sources.stop === 'string' ? [sources.stop] : toList(sources.stop).map(toText);
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(effort !== '' && { reasoning_effort: effort }),
    ...(seed !== undefined && { seed }),
    ...(stop.length > 0 && { stop }),
  };
}
