import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
  httpOptions: { baseUrl: process.env.BASE_URL ?? 'http://localhost:8080' },
});
const reply = await client.models.generateContent({
  model: 'stub', // or 'gpt-4o-mini', 'claude/claude-haiku-4-5', 'ollama/llama3.2'
  contents: 'Hello!',
});
console.log(reply.text);
