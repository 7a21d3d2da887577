import { OpenAI } from '@llamaindex/openai';
import { tool } from '@llamaindex/core/tools';
import { agent } from '@llamaindex/workflow';
import { z } from 'zod';

const llm = new OpenAI({
  model: 'stub',
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const getWeather = tool({
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string() }),
  execute: () => 'sunny',
});
const { data } = await agent({ llm, tools: [getWeather] }).run('What is the weather in Rome? [[tool:get_weather]]');
console.log(data.result);
