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

/**
 * Creates the tool calls that answer a request, with arguments that are valid by each tool's schema. A forced call is of the
 * tool that is named, else of those that the prompt names, else of the first. Other calls are of those that the prompt names
 * only: `[[tool:NAME]]`, once for each call, and at most 128. A string says what is wrong with a schema.
 */
export async function createStubToolCalls(
  request: StubRequest,
  prompt: string,
): Promise<readonly StubToolCall[] | string> {
  const earlierCalls = request.messages.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0);
  const calls: StubToolCall[] = [];
  const values = new Map<StubTool, unknown>();
  for (const tool of chooseTools(request, prompt)) {
    if (!values.has(tool)) {
      values.set(tool, await generateArguments(tool));
      // The next schema may take as long as this one: up to 60 ms.
      await scheduler.wait(0);
    }
    const value = values.get(tool);
    if (value === undefined) {
      return `Stub finds no arguments that fit the parameters of the tool ${tool.name}. Send a smaller or less strict schema.`;
    }
    // Unique within its conversation, as the ids of vendors are, and the same each time.
    const id = `call_stub_${earlierCalls + calls.length + 1}`;
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

function chooseTools({ tools, toolChoice, parallelToolCalls }: StubRequest, prompt: string): readonly StubTool[] {
  const findTool = (name: string | undefined) => tools.filter((tool) => tool.name === name).slice(0, 1);
  if (toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return findTool(toolChoice.name);
  const named = findNamedTools(tools, prompt, parallelToolCalls ? maxCalls : 1);
  return named.length === 0 && toolChoice === 'required' ? tools.slice(0, 1) : named;
}

function findNamedTools(tools: readonly StubTool[], prompt: string, maxTools: number): readonly StubTool[] {
  const byName = new Map(tools.toReversed().map((tool) => [tool.name, tool]));
  const named: StubTool[] = [];
  if (tools.length === 0) return named;
  for (const [, name = ''] of prompt.matchAll(/\[\[tool:([^[\]]+)\]\]/g)) {
    const tool = byName.get(name.trim());
    if (tool) named.push(tool);
    if (named.length === maxTools) break;
  }
  return named;
}

async function generateArguments({ parameters }: StubTool): Promise<unknown> {
  // Loaded with the first schema, so that it costs nothing when an isolate starts.
  const { generateStubValue } = await import('./value/generate-stub-value.ts');
  return generateStubValue(parameters ?? {}, 'object');
}
