import { minimalInstance } from './instance/minimal-instance.ts';
import type { StubRequest, StubTool } from './stub-request.ts';

export interface StubToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** Longest text that one delta brings of a call's arguments. */
const maxDeltaLength = 8;

/**
 * The calls that a request has for its answer, with the least arguments that each tool's schema allows. Where a call is
 * forced it is of the tool that is named, else of those that the user's text names, else of the first; where it is not,
 * only of those that the text names: `[[tool:NAME]]`, once for each call. A string says what is wrong with a schema.
 */
export function createStubToolCalls(request: StubRequest, asked: string): readonly StubToolCall[] | string {
  const made = request.messages.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0);
  const calls: StubToolCall[] = [];
  for (const tool of chooseTools(request, asked)) {
    const value = minimalInstance(tool.parameters, { type: 'object' });
    if (value === undefined) return `Stub finds no arguments that fit the parameters of the tool ${tool.name}.`;
    // Unique within its conversation, as the ids of vendors are, and the same each time.
    const id = `call_stub_${made + calls.length + 1}`;
    calls.push({ id, name: tool.name, arguments: JSON.stringify(value) });
  }
  return calls;
}

function chooseTools({ tools, toolChoice, parallelToolCalls }: StubRequest, asked: string): readonly StubTool[] {
  const named = (name: string | undefined) => tools.filter((tool) => tool.name === name).slice(0, 1);
  if (toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return named(toolChoice.name);
  const wanted = [...asked.matchAll(/\[\[tool:([^[\]]+)\]\]/g)].flatMap(([, name]) => named(name?.trim()));
  const target = wanted.length === 0 && toolChoice === 'required' ? tools.slice(0, 1) : wanted;
  return parallelToolCalls ? target : target.slice(0, 1);
}

/** The arguments in the pieces that a stream brings, at least two where that can be. */
export function splitArguments(json: string): string[] {
  const characters = [...json];
  const size = Math.min(maxDeltaLength, Math.ceil(characters.length / 2)) || 1;
  const starts = Array.from({ length: Math.ceil(characters.length / size) }, (_, index) => index * size);
  return starts.map((start) => characters.slice(start, start + size).join(''));
}
