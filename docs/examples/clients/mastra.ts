import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { z } from 'zod';

const agent = new Agent({
  id: 'forecaster',
  name: 'Forecaster',
  instructions: 'Be short.',
  model: {
    providerId: 'gateway',
    modelId: 'stub',
    url: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
    apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
  },
  tools: {
    get_weather: createTool({
      id: 'get_weather',
      description: 'The weather of a city.',
      inputSchema: z.object({ city: z.string() }),
      execute: async () => 'sunny',
    }),
  },
});
const { text } = await agent.generate('What is the weather in Rome? [[tool:get_weather]]');
console.log(text);
