import Instructor from '@instructor-ai/instructor';
import OpenAI from 'openai';
import { z } from 'zod/v3'; // Instructor reads the schemas of zod 3

const client = new OpenAI({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const instructor = Instructor({ client: client as never, mode: 'TOOLS' });
const forecast = await instructor.chat.completions.create({
  model: 'stub',
  messages: [{ role: 'user', content: 'What is the weather in Rome?' }],
  response_model: { schema: z.object({ city: z.string(), degrees: z.number() }), name: 'Forecast' },
});
console.log(forecast.city, forecast.degrees);
