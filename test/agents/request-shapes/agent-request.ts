import type { providers } from '../../sdk/matrix-case.ts';

export type ProviderName = (typeof providers)[number]['name'];

/** The turns of a session that an agent sends: a prompt, its tool loop, the next prompt, and an image that a tool has read. */
export const steps = ['prompt', 'tool result', 'next prompt', 'image'] as const;

export type Step = (typeof steps)[number];

/** What one request is about. */
export interface Turn {
  readonly model: string;
  readonly step: Step;
  /** Stands in what the user asks. */
  readonly mark: string;
}

/** The words of every session. None of them is an agent's own. */
export const words = {
  system: 'You are a coding agent. Use the tools.',
  reminder: '<system-reminder>\nToday is a Monday.\n</system-reminder>',
  explanation: 'I will run it.',
  command: 'ls -a',
  commandOutput: '.\n..\nREADME.md',
  imagePath: '/tmp/square.png',
  nextPrompt: 'And now?',
} as const;

/** A PNG of one pixel. */
export const imageBase64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A request in the shape that a coding agent sends: the fields are the agent's, the texts are ours. */
export interface AgentRequest {
  readonly agent: string;
  /** The version whose requests have been looked at. */
  readonly version: string;
  readonly protocol: 'anthropic' | 'openai';
  readonly headers: Readonly<Record<string, string>>;
  /** The tool that the prompt asks for. */
  readonly shellTool: string;
  createBody(turn: Turn): Readonly<Record<string, unknown>>;
  /** A model of OpenAI's that takes the request. */
  readonly openAiModel?: string;
  /** What a translation reports, list indexes left out: `tools[].defer_loading`. */
  reports?(provider: ProviderName, step: Step): Reports;
  /** The fields that a provider of the same protocol refuses itself: the request is passed through. */
  readonly refusals?: Partial<Record<ProviderName, string>>;
}

interface Reports {
  readonly dropped?: readonly string[];
  readonly adjusted?: readonly string[];
}

/** What the user asks first: it makes the model call the shell tool. */
export function createPrompt({ mark }: Turn, shellTool: string, input: object): string {
  return `Run it, ${mark}. [[tool:${shellTool} ${JSON.stringify(input)}]]`;
}
