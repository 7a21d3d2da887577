import { z } from 'zod';
import type { ModelRequest } from '../protocol.ts';

const askedSchema = z.looseObject({
  messages: z.array(
    z.looseObject({ role: z.string(), content: z.string().optional(), images: z.array(z.string()).nullish() }),
  ),
  tools: z
    .array(z.looseObject({ function: z.looseObject({ name: z.string(), parameters: z.unknown().optional() }) }))
    .nullish(),
  format: z.unknown().optional(),
  options: z.looseObject({ stop: z.array(z.string()).nullish(), num_predict: z.number().nullish() }).nullish(),
});

/** What a chat asks of its reply. Where a format binds the whole of it no tool is called. */
export function askedOfOllama(body: unknown): ModelRequest {
  const { messages, tools, format, options } = askedSchema.parse(body);
  const results = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1);
  const schema = typeof format === 'object' && format !== null ? format : undefined;
  return {
    stop: options?.stop ?? [],
    maxTokens: options?.num_predict ?? undefined,
    tools: (tools ?? []).map(({ function: { name, parameters } }) => ({ name, parameters })),
    toolChoice: schema === undefined ? 'auto' : 'none',
    oneToolAtATime: false,
    schema,
    toolResults: results.flatMap(({ role, content, images }) =>
      role === 'tool' ? [content || (images ? '(image)' : '')] : [],
    ),
  };
}
