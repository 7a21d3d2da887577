import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';

setTracingDisabled(true); // traces go to OpenAI
const openAIClient = new OpenAI({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const runner = new Runner({
  modelProvider: new OpenAIProvider({ openAIClient, useResponses: false }), // /v1/chat/completions
});
const getWeather = tool({
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string() }),
  execute: () => 'sunny',
});
const agent = new Agent({ name: 'Forecaster', model: 'stub', tools: [getWeather] });
const { finalOutput } = await runner.run(agent, 'What is the weather in Rome? [[tool:get_weather]]');
console.log(finalOutput);
