import type { ModelRequest, Reply, ReplyToolCall } from './protocol.ts';
import { valueFor } from './schema-value.ts';

/** Whether a call asks for more than some text. */
export function isDemanding({ tools, toolChoice, schema }: ModelRequest): boolean {
  return schema !== undefined || (tools.length > 0 && toolChoice !== 'auto' && toolChoice !== 'none');
}

/**
 * Does as a call asks, as a model would: repeats what the user has said last, or what tools have answered since, up to a stop
 * sequence or the bound on tokens, of which each piece of text is one; answers with JSON where there is a schema; and calls
 * the tool that is forced, else those that the user names: `[[tool:get_weather]]`, several of them several at once. Words before
 * the first of these names are repeated before the calls, as Claude explains what it is about to do.
 */
export function answerAsAsked(lastUserText: string, asked: ModelRequest): Reply {
  const input = 40;
  const toolCalls = chooseTools(lastUserText, asked).map(toToolCall);
  if (toolCalls.length > 0) {
    const [before = '', ...named] = lastUserText.split('[[tool:');
    const text = named.length === 0 ? [] : splitIntoPieces(withoutDirectives(before));
    return { text, toolCalls, finish: 'tool-call', usage: { input, output: 17 } };
  }
  const spoken = asked.toolResults.length > 0 ? asked.toolResults.join('\n') : lastUserText;
  const whole = asked.schema === undefined ? withoutDirectives(spoken) : JSON.stringify(valueFor(asked.schema));
  const { text, stopSequence } = cutBefore(whole, asked.stop);
  const all = splitIntoPieces(text);
  const pieces = all.slice(0, asked.maxTokens);
  const usage = { input, output: pieces.length };
  if (pieces.length < all.length) return { text: pieces, finish: 'length', usage };
  return { text: pieces, finish: 'stop', usage, ...(stopSequence !== undefined && { stopSequence }) };
}

function withoutDirectives(text: string): string {
  return text.replace(/\[\[[^\]]*\]\]/g, '').trim();
}

function splitIntoPieces(text: string): string[] {
  return text.match(/\S{1,12}\s*/gu) ?? [];
}

function cutBefore(text: string, stop: readonly string[]): { text: string; stopSequence?: string } {
  const found = stop
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)[0];
  return found ? { text: text.slice(0, found.at), stopSequence: found.sequence } : { text };
}

function chooseTools(
  lastUserText: string,
  { tools, toolChoice, oneToolAtATime, toolResults }: ModelRequest,
): ModelRequest['tools'] {
  if (toolChoice === 'none' || tools.length === 0) return [];
  if (typeof toolChoice === 'object') return tools.filter(({ name }) => name === toolChoice.name);
  if (toolResults.length > 0) return [];
  const named = [...lastUserText.matchAll(/\[\[tool:([^\]]+)\]\]/g)].flatMap(([, name]) =>
    tools.filter((tool) => tool.name === name),
  );
  const target = named.length === 0 && toolChoice === 'required' ? tools.slice(0, 1) : named;
  return oneToolAtATime ? target.slice(0, 1) : target;
}

/** The arguments in pieces of a few characters, no two calls in equally many. */
function toToolCall({ name, parameters }: ModelRequest['tools'][number], index: number): ReplyToolCall {
  const characters = [...JSON.stringify(valueFor(parameters))];
  const size = 4 + index;
  const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, piece) => piece * size);
  const argumentsJson = starts.map((start) => characters.slice(start, start + size).join(''));
  return { id: `call_${name}_${index}`, name, argumentsJson };
}
