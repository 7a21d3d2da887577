import { invalidFieldError } from '../../domain/errors.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { TargetedRequest } from '../../gateway/run-route.ts';
import type { HttpContext } from '../../http/context.ts';
import { yieldToEventLoop } from '../../lib/yield-to-event-loop.ts';
import { createGatewayRequest } from '../create-gateway-request.ts';
import { parseTranslated, translateFields } from '../translate-fields.ts';
import { encodeOpenAiEmbeddingsBody, parseEmbeddings } from './gemini-embeddings.ts';
import { geminiBatchEmbedPolicy, geminiEmbedPolicy } from './gemini-field-policy.ts';
import {
  type EmbedInput,
  parseGeminiBatchEmbedRequest,
  parseGeminiEmbedRequest,
} from './parse-gemini-embed-request.ts';
import { readGeminiBody, readGeminiModel } from './read-gemini-request.ts';

/** `POST /v1beta/models/{model}:embedContent`, for every provider that has embeddings. */
export function geminiEmbedContent(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const [values] = await embed(context, gateway, { policy: geminiEmbedPolicy, parse: parseGeminiEmbedRequest });
    return context.json({ embedding: { values } });
  };
}

/** `POST /v1beta/models/{model}:batchEmbedContents`, in one request to the provider. */
export function geminiBatchEmbedContents(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const policy = geminiBatchEmbedPolicy;
    const vectors = await embed(context, gateway, { policy, parse: parseGeminiBatchEmbedRequest });
    return context.json({ embeddings: vectors.map((values) => ({ values })) });
  };
}

interface EmbedFormat {
  readonly policy: typeof geminiEmbedPolicy;
  readonly parse: (body: Readonly<Record<string, unknown>>) => EmbedInput;
}

/** Returns the vectors of the texts, in their order. */
async function embed(context: HttpContext, gateway: Gateway, { policy, parse }: EmbedFormat): Promise<unknown[]> {
  const body = await readGeminiBody(context, policy);
  const named = gateway.registry.parseModel(readGeminiModel(context), context.get('principal'));
  const requested = { source: 'sync', reductionHint: 'send less content', needsOneModel: true, ...named } as const;
  const request = createGatewayRequest(context, requested);
  return await gateway.run(request, (targeted) => embedAt(context, gateway, targeted, { body, policy, parse }));
}

async function embedAt(
  context: HttpContext,
  gateway: Gateway,
  request: TargetedRequest,
  { body, policy, parse }: EmbedFormat & { readonly body: Readonly<Record<string, unknown>> },
): Promise<unknown[]> {
  const { provider, model } = request.target;
  const endpoint = provider.endpoints?.embeddings;
  if (!endpoint) {
    const fix = 'use a model of OpenAI, of a compatible provider, or of Ollama';
    throw invalidFieldError(['model'], `provider "${provider.id}" has no embeddings: ${fix}`);
  }
  const { body: fields, report } = translateFields(context, { body, policy, provider });
  const { texts, dimensions } = parseTranslated(report, () => parse(fields));
  const forwarded = await gateway.forward({
    ...request,
    endpoint,
    body: encodeOpenAiEmbeddingsBody({ model, texts, dimensions }),
    size: () => ({ input: { content: [texts], data: [] }, maxOutput: 0, separateInputs: texts.length }),
  });
  context.set('report', forwarded.report);
  await yieldToEventLoop(forwarded.body.length);
  return parseEmbeddings(forwarded.body, texts.length, provider.name);
}
