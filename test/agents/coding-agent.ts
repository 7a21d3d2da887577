import type { ModelKind } from './models.ts';
import type { ScenarioName } from './scenario-names.ts';

/** The options of an agent's run. */
export interface AgentSettings {
  /** The address of the gateway, without a path. */
  readonly gatewayUrl: string;
  readonly apiKey: string;
  /** The model's name at the gateway. */
  readonly model: string;
  /** The home folder of the agent. */
  readonly home: string;
}

export interface AgentRun {
  readonly prompt: string;
  /** Whether the run continues the session of the run before. */
  readonly continues: boolean;
  /** An image to attach, for an agent whose tools read none. */
  readonly imagePath?: string;
}

/** A combination that the documentation of a vendor excludes. */
export interface Exception {
  readonly reason: string;
  readonly link: string;
}

/** A call of one of the agent's tools. */
export interface AgentToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A coding agent of the npm registry, and how it runs without a terminal. */
export interface CodingAgent {
  readonly id: string;
  readonly displayName: string;
  readonly packageName: string;
  /** The version that this program has been verified with. */
  readonly version: string;
  /** Relative to `node_modules/.bin`. */
  readonly command: string;
  /** Configuration files by their path in the home folder. */
  readonly files?: (settings: AgentSettings) => Readonly<Record<string, string>>;
  readonly variables?: (settings: AgentSettings) => Readonly<Record<string, string>>;
  /** Commands that configure the agent before its first run. */
  readonly setUp?: (settings: AgentSettings) => readonly (readonly string[])[];
  readonly args: (run: AgentRun, settings: AgentSettings) => readonly string[];
  readonly runCommand: (command: string) => AgentToolCall;
  /** Absent: the image is attached to the prompt, or the scenario is ruled out. */
  readonly readImage?: (path: string) => AgentToolCall;
  readonly findException?: (scenario: ScenarioName, kind: ModelKind) => Exception | undefined;
}
