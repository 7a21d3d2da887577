import promptfoo from 'promptfoo';
import type { CreateClients } from '../framework-client.ts';

const forecast = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
};
/** A prompt that begins with a bracket would be read as a list of messages. */
const prompts = ['[{"role":"user","content":{{text | dump}}}]'];

/** promptfoo's evaluations by its providers `openai:chat` and `anthropic:messages`. It shows tool calls, and runs none. */
export const createClients: CreateClients = ({ url, key }) => {
  const openAi = { apiBaseUrl: `${url}/v1`, apiKey: key };
  const anthropic = { apiBaseUrl: url, apiKey: key, max_tokens: 1000 };
  const schema = { type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema: forecast } };
  return [
    {
      name: 'promptfoo',
      structuredOutput: {
        'openai:chat response_format': async (model, prompt) =>
          parse(await evaluate(`openai:chat:${model}`, { ...openAi, response_format: schema }, prompt)),
        'openai:chat tools': async (model, prompt) => {
          const tools = [{ type: 'function', function: { name: 'forecast', parameters: forecast } }];
          const config = { ...openAi, tools, tool_choice: { type: 'function', function: { name: 'forecast' } } };
          const [call] = (await evaluate(`openai:chat:${model}`, config, prompt)) as {
            function: { arguments: string };
          }[];
          return JSON.parse(call?.function.arguments ?? '');
        },
        'anthropic:messages tools': async (model, prompt) => {
          const tools = [{ name: 'forecast', input_schema: forecast }];
          const config = { ...anthropic, tools, tool_choice: { type: 'tool', name: 'forecast' } };
          return (parse(await evaluate(`anthropic:messages:${model}`, config, prompt)) as { input: unknown }).input;
        },
      },
    },
  ];
};

async function evaluate(id: string, config: object, text: string): Promise<unknown> {
  const suite = { prompts, providers: [{ id, config }], tests: [{ vars: { text } }], writeLatestResults: false };
  const evaluation = await promptfoo.evaluate(suite as never, { cache: false, maxConcurrency: 1 });
  const { results } = await evaluation.toEvaluateSummary();
  const [result] = results;
  if (result?.error) throw new Error(result.error);
  return result?.response?.output;
}

function parse(output: unknown): unknown {
  return typeof output === 'string' ? JSON.parse(output) : output;
}
