import { createOpenAI } from '@ai-sdk/openai';
import { BuiltInAgent, CopilotRuntime, createCopilotHonoHandler } from '@copilotkit/runtime/v2';

const openai = createOpenAI({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const agent = new BuiltInAgent({ model: openai.chat('stub') });
const runtime = new CopilotRuntime({ agents: { default: agent } });
export default createCopilotHonoHandler({ runtime, basePath: '/api/copilotkit' }); // a Hono app
