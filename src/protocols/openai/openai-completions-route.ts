import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { HttpContext } from '../../http/context.ts';
import { encodeDataEvent } from '../../http/sse-writer.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { passthrough } from '../passthrough.ts';
import { countTokenIds } from './count-token-ids.ts';
import { findOpenAiEndpoint } from './find-openai-endpoint.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { openAiProtocol } from './openai-protocol.ts';
import { optionFields } from './parse-openai-chat-options.ts';
import { parseField } from './parse-openai-field.ts';
import { readOpenAiBody } from './read-openai-body.ts';

const optionsSchema = z.object({
  model: optionFields.model,
  stream: optionFields.stream,
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  // With `echo`, 0 asks for the prompt alone.
  max_tokens: z.int().min(0).nullish(),
  n: z.int().min(1).max(128).nullish(),
  best_of: z.int().min(1).max(128).nullish(),
  echo: z.boolean().nullish(),
});

/** `POST /v1/completions`, OpenAI's legacy Completions, passed through to a provider that has them. */
export function openAiCompletions(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readOpenAiBody(context);
    const options = parseField(body, optionsSchema, []);
    const stream = options.stream ?? false;
    const includeUsage = options.stream_options?.include_usage ?? false;
    const request = createGatewayRequest(context, {
      source: stream ? 'stream' : 'sync',
      reductionHint: createReductionHint(body, ['max_tokens']),
      body,
      ...gateway.registry.parseModel(options.model ?? undefined, context.get('principal')),
    });
    const target = await gateway.chooseTarget(request);
    const endpoint = findOpenAiEndpoint(target, 'completions', {
      feature: 'Completions',
      fix: 'use /v1/chat/completions, or a model of OpenAI or of a compatible provider',
    });
    const asksForUsage = stream && !includeUsage && endpoint.needsIncludeUsage === true;
    const changed = {
      ...(body.model === target.model ? {} : { model: JSON.stringify(target.model) }),
      ...(asksForUsage && { stream_options: JSON.stringify({ ...options.stream_options, include_usage: true }) }),
    };
    const n = options.n ?? 1;
    const prompts = countPrompts(body.prompt);
    // The provider writes `best_of` replies for each prompt, bills them all and returns `n`.
    const replies = prompts * Math.max(n, options.best_of ?? 1);
    return await passthrough(context, gateway, {
      ...request,
      protocol: openAiProtocol,
      target,
      endpoint,
      body: Object.keys(changed).length === 0 ? text : setJsonProperties(text, changed),
      stream,
      stripUsageChunk: asksForUsage,
      replies,
      encodeReply: (reply) => encodeWholeReply(reply, includeUsage),
      size: () => ({
        input: countTokenIds(body.prompt) ?? readPrompt(body, text),
        maxOutput: options.max_tokens ?? undefined,
        replies,
        echoes: options.echo ? n : 0,
        separateInputs: prompts,
        unpriced: hasUnlistedPrice(body, text),
      }),
    });
  };
}

/** A list of token ids is one prompt, any other list as many as it has members. */
function countPrompts(prompt: unknown): number {
  if (!Array.isArray(prompt) || prompt.every((token) => typeof token === 'number')) return 1;
  return prompt.length;
}

/** Encodes a provider's whole reply as the stream that the client requested. A chunk has the shape of a whole reply. */
function encodeWholeReply(body: string, includeUsage: boolean): string {
  const { usage, ...chunk } = z.looseObject({ usage: z.unknown() }).parse(JSON.parse(body));
  const counts = includeUsage && usage ? encodeDataEvent({ ...chunk, choices: [], usage }) : '';
  return `${encodeDataEvent({ ...chunk, ...(includeUsage && { usage: null }) })}${counts}data: [DONE]\n\n`;
}
