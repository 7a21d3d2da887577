import { findToolDirectives } from './find-tool-directives.ts';
import type { StubRequest, StubTool } from './parse-stub-request.ts';

export interface StubToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** The most calls of one reply. */
const maxCalls = 128;
/** The most characters of a call's arguments in one delta. */
const maxDeltaLength = 8;

/** A tool to call, and its arguments where the prompt has them. */
interface ChosenTool {
  readonly tool: StubTool;
  readonly argumentsJson?: string | undefined;
}

/**
 * Creates the tool calls that answer a request, with the arguments that the prompt has, else with some that are valid by the
 * tool's schema. A forced call is of the tool that is named, else of those that the prompt names, else of the first. Other calls
 * are of those that the prompt names only: `[[tool:NAME]]`, once for each call, and at most 128. A string says what is wrong
 * with a schema.
 */
export async function createStubToolCalls(
  request: StubRequest,
  prompt: string,
): Promise<readonly StubToolCall[] | string> {
  const earlierCalls = request.messages.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0);
  const calls: StubToolCall[] = [];
  const values = new Map<StubTool, unknown>();
  for (const { tool, argumentsJson } of chooseTools(request, prompt)) {
    // Unique within its conversation, as the ids of vendors are, and the same each time.
    const id = `call_stub_${earlierCalls + calls.length + 1}`;
    if (argumentsJson !== undefined) {
      calls.push({ id, name: tool.name, arguments: argumentsJson });
      continue;
    }
    if (!values.has(tool)) {
      values.set(tool, await generateArguments(tool));
      // The next schema may take as long as this one: up to 60 ms.
      await scheduler.wait(0);
    }
    const value = values.get(tool);
    if (value === undefined) {
      return `Stub finds no arguments that fit the parameters of the tool ${tool.name}. Send a smaller or less strict schema.`;
    }
    calls.push({ id, name: tool.name, arguments: JSON.stringify(value) });
  }
  return calls;
}

/** Splits a call's arguments into the pieces of a stream, at least two where that is possible. */
export function splitArguments(json: string): string[] {
  const characters = [...json];
  const size = Math.min(maxDeltaLength, Math.ceil(characters.length / 2)) || 1;
  const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, index) => index * size);
  return starts.map((start) => characters.slice(start, start + size).join(''));
}

function chooseTools({ tools, toolChoice, parallelToolCalls }: StubRequest, prompt: string): readonly ChosenTool[] {
  if (toolChoice === 'none' || tools.length === 0) return [];
  if (typeof toolChoice === 'object') {
    const forced = tools.filter(({ name }) => name === toolChoice.name).slice(0, 1);
    const named = findNamedTools(forced, prompt, 1);
    return named.length > 0 ? named : forced.map((tool) => ({ tool }));
  }
  const named = findNamedTools(tools, prompt, parallelToolCalls ? maxCalls : 1);
  return named.length === 0 && toolChoice === 'required' ? tools.slice(0, 1).map((tool) => ({ tool })) : named;
}

function findNamedTools(tools: readonly StubTool[], prompt: string, maxTools: number): readonly ChosenTool[] {
  const byName = new Map(tools.toReversed().map((tool) => [tool.name, tool]));
  const named: ChosenTool[] = [];
  for (const { name, argumentsJson } of findToolDirectives(prompt)) {
    const tool = byName.get(name);
    if (tool) named.push({ tool, argumentsJson });
    if (named.length === maxTools) break;
  }
  return named;
}

async function generateArguments({ parameters }: StubTool): Promise<unknown> {
  // Loaded with the first schema, so that it costs nothing when an isolate starts.
  const { generateStubValue } = await import('./value/generate-stub-value.ts');
  return generateStubValue(parameters ?? {}, 'object');
}
