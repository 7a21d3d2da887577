import { AzureOpenAI } from 'openai';

const client = new AzureOpenAI({
  endpoint: process.env.BASE_URL ?? 'http://localhost:8080',
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
  apiVersion: '2024-10-21', // any: the gateway ignores it
  deployment: 'stub', // the model
});
const reply = await client.chat.completions.create({
  model: 'stub',
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(reply.choices[0]?.message.content);
