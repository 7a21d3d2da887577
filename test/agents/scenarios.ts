import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedRequest } from '../support/provider-server/recorded-requests.ts';
import type { AgentRun, AgentToolCall, CodingAgent } from './coding-agent.ts';
import { agentModels, type ModelKind } from './models.ts';
import type { RecordedExchange } from './recording-proxy.ts';
import type { ProcessResult } from './run-process.ts';
import type { ScenarioName } from './scenario-names.ts';
import { createPng } from './test-image.ts';

/** The result and the traffic of one run of an agent. */
interface Observation {
  readonly result: ProcessResult;
  /** The requests of the agent to the gateway. */
  readonly exchanges: readonly RecordedExchange[];
  /** The requests to the provider server. Stub has none. */
  readonly upstream: readonly RecordedRequest[];
}

export interface Scenario {
  readonly name: ScenarioName;
  readonly continues: boolean;
  /** `project` is the folder that the agent works in. */
  createRun(agent: CodingAgent, project: string, mark: string): Omit<AgentRun, 'continues'>;
  /** Returns the fault, or undefined. */
  check(observation: Observation, kind: ModelKind, mark: string): string | undefined;
}

const imageName = 'square.png';

/** In the order of their names. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'prompt',
    continues: false,
    createRun: (_agent, _project, mark) => ({ prompt: `Say hello to ${mark}-first.` }),
    check: ({ exchanges, result }, kind, mark) => {
      const { replyStart } = agentModels[kind];
      if (!result.output.includes(replyStart)) return `the agent does not show the model's reply (${replyStart}…)`;
      return requireText(exchanges, `${mark}-first`, 'the prompt');
    },
  },
  {
    name: 'second turn',
    continues: true,
    createRun: (_agent, _project, mark) => ({ prompt: `Say goodbye to ${mark}-second.` }),
    check: ({ exchanges }, kind, mark) => {
      const last = exchanges.filter(({ body }) => body.includes(`${mark}-second`));
      return (
        requireText(last, `${mark}-second`, 'the second prompt') ??
        requireText(last, `${mark}-first`, 'the first prompt, beside the second,') ??
        requireText(last, agentModels[kind].replyStart, "the model's first reply")
      );
    },
  },
  {
    name: 'tool loop',
    continues: false,
    createRun: ({ runCommand }, _, mark) => ({
      // Without a substitution such as `$((40 + 2))`, which Gemini CLI does not run.
      prompt: `Run it. ${toDirective(runCommand(`printf ${mark}-%d 42`))} Then report.`,
    }),
    check: ({ exchanges, upstream }, kind, mark) => {
      const result = `${mark}-42`;
      if (kind !== 'stub' && !upstream.some(({ body }) => JSON.stringify(body).includes(result))) {
        return `the provider has not got the result of the command (${result})`;
      }
      return requireText(exchanges, result, 'the result of the command');
    },
  },
  {
    name: 'image',
    continues: false,
    createRun: ({ readImage }, project) => {
      const imagePath = join(project, imageName);
      writeFileSync(imagePath, createPng());
      if (!readImage) return { prompt: 'What is it?', imagePath };
      return { prompt: `Look at it. ${toDirective(readImage(imagePath))} What is it?` };
    },
    check: ({ exchanges, upstream }, kind) => {
      // Stub is a part of the gateway, so only the requests of the agent exist.
      if (kind === 'stub') {
        const { claude, openai, gemini } = images;
        const isSent = exchanges.some(({ body }) => [claude, openai, gemini].some((image) => image.test(body)));
        return isSent ? undefined : 'the agent has sent no image';
      }
      const isReceived = upstream.some(({ body }) => images[kind].test(JSON.stringify(body)));
      return isReceived ? undefined : 'the provider has got no image';
    },
  },
];

/** An image by value, as each protocol writes it, its fields in any order. */
const images = {
  claude: /"type":"base64"[^{}]*"media_type":"image\/|"media_type":"image\/[^{}]*"type":"base64"/,
  openai: /"(?:image_)?url":"data:image\//,
  gemini: /"mimeType":"image\//,
  ollama: /"images":\["[A-Za-z0-9+/]{40}/,
} as const;

/** Returns the fault of a run: of the agent's exit, of the gateway's replies, or of the scenario's assertions. */
export function judge(scenario: Scenario, observation: Observation, kind: ModelKind, mark: string): string | undefined {
  const { result, exchanges } = observation;
  if (result.isTimedOut) return 'the agent did not end in time';
  const refused = exchanges.find(({ status }) => status < 200 || status > 299);
  if (refused) {
    const { method, path, status, responseBody } = refused;
    return `${method} ${path} got ${status}: ${responseBody.slice(0, 300)}`;
  }
  if (result.code !== 0) return `the agent ended with ${result.code}`;
  if (exchanges.length === 0) return 'the agent has sent no request';
  return scenario.check(observation, kind, mark);
}

function requireText(exchanges: readonly RecordedExchange[], text: string, what: string): string | undefined {
  return exchanges.some(({ body }) => body.includes(text)) ? undefined : `${what} has not come in (${text})`;
}

/** Returns a text that makes the model call a tool. */
function toDirective({ name, arguments: toolInput }: AgentToolCall): string {
  return `[[tool:${name} ${JSON.stringify(toolInput)}]]`;
}
