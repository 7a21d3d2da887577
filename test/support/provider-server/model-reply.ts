import { findToolDirectives } from '../../../src/providers/stub/find-tool-directives.ts';
import type { ModelRequest, Reply, ReplyToolCall } from './protocol.ts';
import { valueFor } from './schema-value.ts';

/** Returns whether a request needs more than a text reply. */
export function isDemanding(lastUserText: string, { tools, toolChoice, schema }: ModelRequest): boolean {
  if (schema !== undefined) return true;
  if (tools.length === 0 || toolChoice === 'none') return false;
  return toolChoice !== 'auto' || findNamedTools(lastUserText, tools).length > 0;
}

/**
 * Creates the reply that a model would give. It repeats the last user text, or the later results of tools, up to a stop
 * sequence or the maximum of tokens; each piece of text is one token. With a schema it replies with JSON. It calls the forced
 * tool, or the tools that the user names: `[[tool:get_weather]]`, or `[[tool:get_weather {"city":"Rome"}]]` with arguments.
 * Several names are parallel calls. Text before the first name is repeated before the calls, as Claude explains its calls.
 */
export function createModelReply(lastUserText: string, request: ModelRequest): Reply {
  const input = 40;
  const toolCalls = chooseTools(lastUserText, request).map(toToolCall);
  if (toolCalls.length > 0) {
    const [before = '', ...named] = lastUserText.split('[[tool:');
    const text = named.length === 0 ? [] : splitIntoPieces(withoutDirectives(before));
    return { text, toolCalls, finish: 'tool-call', usage: { input, output: 17 } };
  }
  const spoken = request.toolResults.length > 0 ? request.toolResults.join('\n') : lastUserText;
  const whole = request.schema === undefined ? withoutDirectives(spoken) : JSON.stringify(valueFor(request.schema));
  const { text, stopSequence } = cutBefore(whole, request.stop);
  const all = splitIntoPieces(text);
  const pieces = all.slice(0, request.maxTokens);
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

type Tool = ModelRequest['tools'][number];

interface ChosenTool {
  readonly tool: Tool;
  readonly argumentsJson?: string | undefined;
}

function chooseTools(
  lastUserText: string,
  { tools, toolChoice, oneToolAtATime, toolResults }: ModelRequest,
): readonly ChosenTool[] {
  if (toolChoice === 'none' || tools.length === 0) return [];
  if (typeof toolChoice === 'object')
    return tools.filter(({ name }) => name === toolChoice.name).map((tool) => ({ tool }));
  if (toolResults.length > 0) return [];
  const named = findNamedTools(lastUserText, tools);
  const chosen = named.length === 0 && toolChoice === 'required' ? tools.slice(0, 1).map((tool) => ({ tool })) : named;
  return oneToolAtATime ? chosen.slice(0, 1) : chosen;
}

function findNamedTools(text: string, tools: readonly Tool[]): readonly ChosenTool[] {
  return [...findToolDirectives(text)].flatMap(({ name, argumentsJson }) =>
    tools.filter((tool) => tool.name === name).map((tool) => ({ tool, argumentsJson })),
  );
}

/** Splits arguments into pieces of a few characters. Each call has pieces of another size. */
function toToolCall({ tool: { name, parameters }, argumentsJson }: ChosenTool, index: number): ReplyToolCall {
  const characters = [...(argumentsJson ?? JSON.stringify(valueFor(parameters)))];
  const size = 4 + index;
  const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, piece) => piece * size);
  const pieces = starts.map((start) => characters.slice(start, start + size).join(''));
  return { id: `call_${name}_${index}`, name, argumentsJson: pieces };
}
