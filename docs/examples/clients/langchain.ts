import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

const baseUrl = process.env.BASE_URL ?? 'http://localhost:8080';
const apiKey = process.env.API_KEY ?? 'dev-api-key-12345';

const openai = new ChatOpenAI({ model: 'stub', apiKey, configuration: { baseURL: `${baseUrl}/v1` } });
console.log((await openai.invoke('Hello!')).text);

const forecast = z.object({ city: z.string(), degrees: z.number() });
const forecaster = openai.withStructuredOutput(forecast, { name: 'forecast', method: 'jsonSchema' });
console.log(await forecaster.invoke('What is the weather in Rome?'));

const anthropic = new ChatAnthropic({ model: 'stub', apiKey, anthropicApiUrl: baseUrl, maxTokens: 1000 });
console.log((await anthropic.invoke('Hello!')).text);
