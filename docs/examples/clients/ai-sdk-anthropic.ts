import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText } from 'ai';

const anthropic = createAnthropic({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const { text } = await generateText({
  model: anthropic('stub'),
  maxOutputTokens: 1000,
  prompt: 'Hello!',
});
console.log(text);
