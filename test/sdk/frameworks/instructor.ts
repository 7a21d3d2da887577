import Instructor from '@instructor-ai/instructor';
import OpenAI from 'openai';
import * as z from 'zod/v3';
import type { CreateClients } from '../../sdks/framework-client.ts';

const forecast = z.object({ city: z.string(), degrees: z.number() });
const modes = ['TOOLS', 'FUNCTIONS', 'JSON', 'JSON_SCHEMA', 'MD_JSON'] as const;

/** Instructor, which parses the replies of OpenAI's client, in each of its modes. */
export const createClients: CreateClients = ({ url, key }) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const read = (mode: (typeof modes)[number], stream: boolean) => async (model: string, prompt: string) => {
    // Its types are those of an older version of OpenAI's client.
    const instructor = Instructor({ client: client as never, mode });
    const request = {
      model,
      messages: [{ role: 'user' as const, content: prompt }],
      response_model: { schema: forecast, name: 'Forecast' },
      max_retries: 0,
    };
    if (!stream) return withoutMeta(await instructor.chat.completions.create(request));
    let last: unknown;
    for await (const partial of await instructor.chat.completions.create({ ...request, stream: true })) last = partial;
    return withoutMeta(last);
  };
  return [
    {
      name: 'instructor',
      structuredOutput: Object.fromEntries([
        ...modes.map((mode) => [mode, read(mode, false)]),
        ...modes.map((mode) => [`${mode}, streamed`, read(mode, true)]),
      ]),
    },
  ];
};

function withoutMeta(value: unknown): unknown {
  const { _meta: _, ...fields } = Object(value);
  return fields;
}
