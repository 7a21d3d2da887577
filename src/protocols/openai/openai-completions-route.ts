import * as z from 'zod';
import type { Gateway } from '../../gateway/gateway.ts';
import { readPrompt } from '../../gateway/read-prompt.ts';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { HttpContext } from '../../http/context.ts';
import { encodeDataEvent } from '../../http/sse-writer.ts';
import { setJsonProperties } from '../../lib/edit-json-object.ts';
import type { Endpoint } from '../../providers/provider.ts';
import { applyRoute } from '../apply-route.ts';
import { createGatewayRequest, createReductionHint } from '../create-gateway-request.ts';
import { type PassthroughRequest, passAttempt } from '../passthrough.ts';
import { readModels } from '../read-models.ts';
import { runRequest } from '../run-request.ts';
import { countTokenIds } from './count-token-ids.ts';
import { findOpenAiEndpoint } from './find-openai-endpoint.ts';
import { hasUnlistedPrice } from './has-unlisted-openai-price.ts';
import { completionsParamFields } from './openai-param-fields.ts';
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

type Options = z.infer<typeof optionsSchema>;

/** `POST /v1/completions`, OpenAI's legacy Completions, passed through to a provider that has them. */
export function openAiCompletions(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const { text, body } = await readOpenAiBody(context, { takesModels: true });
    const options = parseField(body, optionsSchema, []);
    const model = options.model ?? undefined;
    const request = createGatewayRequest(
      context,
      {
        source: options.stream ? 'stream' : 'sync',
        reductionHint: createReductionHint(body, ['max_tokens']),
        models: readModels(context, gateway, body, model),
        ...gateway.registry.parseModel(model, context.get('principal')),
      },
      body,
    );
    // A list of prompts has several choices, of which only the first is metered: it is no more cacheable than `n` above 1.
    const cacheable = { request, body: { ...body, n: countChoices(body, options) } };
    return await runRequest(context, gateway, cacheable, async (targeted) => {
      const routed = applyRoute({ text, body }, targeted, completionsParamFields);
      const ownOptions = routed.body === body ? options : parseField(routed.body, optionsSchema, []);
      const endpoint = findOpenAiEndpoint(targeted.target, 'completions', {
        feature: 'Completions',
        fix: 'use /v1/chat/completions, or a model of OpenAI or of a compatible provider',
      });
      return await passAttempt(context, gateway, forwarded(targeted, { ...routed, options: ownOptions, endpoint }));
    });
  };
}

interface CompletionsRequest {
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly options: Options;
  readonly endpoint: Endpoint;
}

/** The body, but for the model's name where that has changed, and the question for the count of tokens. */
function forwarded(
  request: TargetedRequest,
  { text, body, options, endpoint }: CompletionsRequest,
): PassthroughRequest {
  const { model } = request.target;
  const stream = options.stream ?? false;
  const includeUsage = options.stream_options?.include_usage ?? false;
  const asksForUsage = stream && !includeUsage && endpoint.needsIncludeUsage === true;
  const changed = {
    ...(body.model === model ? {} : { model: JSON.stringify(model) }),
    ...(asksForUsage && { stream_options: JSON.stringify({ ...options.stream_options, include_usage: true }) }),
  };
  const prompts = countPrompts(body.prompt);
  const n = options.n ?? 1;
  // The provider writes `best_of` replies for each prompt, bills them all and returns `n`.
  const replies = prompts * Math.max(n, options.best_of ?? 1);
  return {
    ...request,
    protocol: openAiProtocol,
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
  };
}

function countChoices({ prompt }: CompletionsRequest['body'], { n }: Options): number {
  return countPrompts(prompt) * (n ?? 1);
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
