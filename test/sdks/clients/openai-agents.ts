import { Agent, type AgentInputItem, handoff, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import * as z from 'zod';
import type { CallTool, Conversation, CreateClients } from '../framework-client.ts';

const forecast = z.object({ city: z.string(), degrees: z.number() });

/** OpenAI's Agents SDK over Chat Completions and over Responses: with one agent, and with one that hands over to another. */
export const createClients: CreateClients = ({ url, key }) => {
  setTracingDisabled(true);
  const openAIClient = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  return [false, true].map((useResponses) => {
    const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses }) });
    return {
      name: `@openai/agents, ${useResponses ? 'Responses' : 'chat'}`,
      startConversation: (model, callTool) => new AgentConversation(runner, createAgent(model, callTool)),
      structuredOutput: {
        outputType: async (model, prompt) => {
          const agent = new Agent({ name: 'Forecaster', model, outputType: forecast });
          return (await runner.run(agent, prompt)).finalOutput;
        },
        'outputType, streamed': async (model, prompt) => {
          const agent = new Agent({ name: 'Forecaster', model, outputType: forecast });
          const result = await runner.run(agent, prompt, { stream: true });
          await result.completed;
          return result.finalOutput;
        },
        handoff: async (model, prompt) => {
          const expert = new Agent({ name: 'Expert', model, outputType: forecast });
          const triage = Agent.create({
            name: 'Triage',
            model,
            handoffs: [handoff(expert, { toolNameOverride: 'ask_expert' })],
          });
          const result = await runner.run(triage, `${prompt} [[tool:ask_expert]]`);
          if (result.lastAgent?.name !== 'Expert') throw new Error(`${result.lastAgent?.name} has answered`);
          return result.finalOutput;
        },
      },
    };
  });
};

function createAgent(model: string, callTool: CallTool): Agent {
  const tools = [
    tool({
      name: 'get_weather',
      description: 'The weather.',
      parameters: z.object({ city: z.string() }),
      execute: (input) => callTool('get_weather', input),
    }),
    tool({
      name: 'get_time',
      description: 'The time.',
      parameters: z.object({ zone: z.string() }),
      execute: (input) => callTool('get_time', input),
    }),
  ];
  return new Agent({ name: 'Forecaster', instructions: 'Be short.', model, tools });
}

class AgentConversation implements Conversation {
  readonly #runner: Runner;
  readonly #agent: Agent;
  #history: AgentInputItem[] = [];

  constructor(runner: Runner, agent: Agent) {
    this.#runner = runner;
    this.#agent = agent;
  }

  async send(prompt: string, stream: boolean): Promise<string> {
    const input: AgentInputItem[] = [...this.#history, { role: 'user', content: prompt }];
    const result = stream ? await this.#stream(input) : await this.#runner.run(this.#agent, input);
    this.#history = result.history;
    return String(result.finalOutput);
  }

  async #stream(input: AgentInputItem[]) {
    const result = await this.#runner.run(this.#agent, input, { stream: true });
    for await (const _ of result.toTextStream()) {
      // Its text is in the final output.
    }
    await result.completed;
    return result;
  }
}
