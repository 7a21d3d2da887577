import { type AnthropicModel, findAnthropicModel } from '../models.ts';
import type { AcceptedCall, Endpoint, ProviderRequest, Refusal } from '../protocol.ts';
import { strictFault } from '../schema-value.ts';
import { askedOfAnthropic } from './anthropic-asked.ts';
import { anthropicRefusal, invalidRequest, refuseIssues, writeFailure } from './anthropic-errors.ts';
import { refuseMessages } from './anthropic-message-rules.ts';
import { writeAnthropicBody, writeAnthropicFrames } from './anthropic-replies.ts';
import { type AnthropicBody, anthropicBodySchema } from './anthropic-schema.ts';
import { PromptCache } from './prompt-cache.ts';

/** The version that the vendor's client sends by default. It has no sampling parameters for any model. */
const newestVersion = '2026-10-21';
/** Source: platform.claude.com, "Messages". */
const maxMessages = 100_000;

const contextBetas = ['context-management-2025-06-27', 'compact-2026-01-12'];
const turnBetas = ['per-turn-control-2026-07-01', 'mid-conversation-output-config-2026-07-01'];

/** `POST /v1/messages`. The key is taken from `x-api-key`, or as a bearer token, which the vendor's own client sends. */
export function anthropicMessages(key: string): Endpoint {
  const promptCache = new PromptCache();
  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const refusedHeader = refuseHeaders(request, key);
    if (refusedHeader) return refusedHeader;
    const json = readJson(request.body);
    if (typeof json !== 'object' || json === null) return invalidRequest('The request body is not valid JSON');
    // Before the schema, which would report on each of them.
    if (countMessages(json) > maxMessages) return invalidRequest(`messages: at most ${maxMessages} are allowed`);
    const parsed = anthropicBodySchema.safeParse(json);
    if (!parsed.success) return refuseIssues(parsed.error, json);
    const body = parsed.data;
    const model = findAnthropicModel(body.model);
    if (!model) return anthropicRefusal(404, 'not_found_error', `model: ${body.model}`);
    const refusal =
      refuseVersion(body, request) ??
      refuseWithoutBeta(body, request) ??
      refuseFields(body, model) ??
      refuseMessages(body, model);
    if (refusal) return refusal;
    const lastUserText = lastUser(body);
    const modelRequest = askedOfAnthropic(body);
    return {
      model: model.reported,
      stream: body.stream === true,
      includeUsage: true,
      lastUserText,
      key,
      modelRequest,
      billPrompt: () => promptCache.bill(json),
    };
  }

  return {
    protocol: 'anthropic',
    path: '/v1/messages',
    streamContentType: 'text/event-stream; charset=utf-8',
    accept,
    writeBody: writeAnthropicBody,
    writeFrames: writeAnthropicFrames,
    writeError: writeFailure,
    writeErrorFrame: () => `event: error\ndata: ${writeFailure({ status: 529 })}\n\n`,
  };
}

function countMessages(body: unknown): number {
  const messages = typeof body === 'object' && body !== null && 'messages' in body ? body.messages : undefined;
  return Array.isArray(messages) ? messages.length : 0;
}

function refuseHeaders({ headers }: ProviderRequest, key: string): Refusal | undefined {
  const bearer = headers.authorization?.replace(/^Bearer\s+/i, '');
  const sent = headers['x-api-key'] ?? bearer;
  if (sent === undefined || sent === '') {
    return anthropicRefusal(401, 'authentication_error', 'x-api-key header is required');
  }
  if (sent !== key) return anthropicRefusal(401, 'authentication_error', 'invalid x-api-key');
  const version = headers['anthropic-version'];
  if (version === undefined) return invalidRequest('anthropic-version: header is required');
  if (version !== '2023-06-01' && version !== newestVersion) {
    return invalidRequest(`anthropic-version: "${String(version)}" is not a valid version.`);
  }
  return undefined;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Source: platform.claude.com/docs/en/api/migration-2026-10-21. */
function refuseVersion(
  { temperature, top_p, top_k }: AnthropicBody,
  { headers }: ProviderRequest,
): Refusal | undefined {
  if (headers['anthropic-version'] !== newestVersion) return undefined;
  const [removed] = Object.entries({ temperature, top_p, top_k }).find(([, value]) => value !== undefined) ?? [];
  return removed === undefined ? undefined : invalidRequest(`${removed}: Extra inputs are not permitted`);
}

/** Source: platform.claude.com/docs, "Context editing" and "Mid-conversation system messages". */
function refuseWithoutBeta(
  { context_management, messages }: AnthropicBody,
  { headers }: ProviderRequest,
): Refusal | undefined {
  const betas = headers['anthropic-beta']?.split(',').map((beta) => beta.trim()) ?? [];
  const hasBeta = (names: readonly string[]) => betas.some((beta) => names.includes(beta));
  if (context_management != null && !hasBeta(contextBetas)) {
    return invalidRequest('context_management: Extra inputs are not permitted');
  }
  const index = messages.findIndex(({ output_config }) => output_config != null);
  if (index < 0 || hasBeta(turnBetas)) return undefined;
  return invalidRequest(`messages.${index}.output_config: Extra inputs are not permitted`);
}

/** Limits of single fields that depend on the model, or on each other. */
function refuseFields(body: AnthropicBody, model: AnthropicModel): Refusal | undefined {
  const { max_tokens, temperature, top_p, top_k, stop_sequences = [], tools, tool_choice } = body;
  if (max_tokens > model.maxOutputTokens) {
    return invalidRequest(
      `max_tokens: ${max_tokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${body.model}`,
    );
  }
  if (temperature !== undefined && (temperature < 0 || temperature > 1))
    return invalidRequest('temperature: range: 0..1');
  if (top_p !== undefined && (top_p < 0 || top_p > 1)) return invalidRequest('top_p: range: 0..1');
  if (model.sampling === 'none') {
    for (const [field, value] of Object.entries({ temperature, top_p, top_k })) {
      if (value !== undefined && (value !== 1 || field === 'top_k'))
        return invalidRequest(`\`${field}\` is deprecated for this model.`);
    }
  }
  if (model.sampling === 'one' && temperature !== undefined && top_p !== undefined) {
    return invalidRequest('`temperature` and `top_p` cannot both be specified for this model. Please use only one.');
  }
  if (stop_sequences.includes('')) return invalidRequest('stop_sequences: each stop sequence must be non-empty');
  if (stop_sequences.some((text) => text.trim() === '')) {
    return invalidRequest('stop_sequences: each stop sequence must contain non-whitespace');
  }
  if (tool_choice !== undefined && !tools?.length) {
    return invalidRequest('tool_choice: may only be specified while providing tools');
  }
  if (tool_choice?.type === 'tool' && !tools?.some(({ name }) => name === tool_choice.name)) {
    return invalidRequest(`Tool '${tool_choice.name}' not found in provided tools`);
  }
  return refuseThinking(body) ?? refuseSchemas(body);
}

/** Source: platform.claude.com/docs, "Extended thinking". */
function refuseThinking({
  thinking,
  max_tokens,
  temperature,
  top_p,
  top_k,
  tool_choice,
}: AnthropicBody): Refusal | undefined {
  if (!thinking || thinking.type === 'disabled') return undefined;
  if (thinking.type === 'enabled' && thinking.budget_tokens >= max_tokens) {
    return invalidRequest('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (temperature !== undefined && temperature !== 1) {
    return invalidRequest('`temperature` may only be set to 1 when thinking is enabled.');
  }
  if (top_k !== undefined) return invalidRequest('`top_k` must be unset when thinking is enabled.');
  if (top_p !== undefined && top_p < 0.95) {
    return invalidRequest('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.');
  }
  if (tool_choice?.type === 'any' || tool_choice?.type === 'tool') {
    return invalidRequest('Thinking may not be enabled when tool_choice forces tool use.');
  }
  return undefined;
}

/** Source: platform.claude.com/docs, "Structured outputs". */
function refuseSchemas({ tools = [], output_config }: AnthropicBody): Refusal | undefined {
  const strict = tools.flatMap((tool, index) =>
    tool.strict ? [{ field: `tools.${index}.custom.input_schema`, schema: tool.input_schema }] : [],
  );
  const format = output_config?.format;
  if (format) strict.push({ field: 'output_config.format.schema', schema: { type: 'object', ...format.schema } });
  for (const { field, schema } of strict) {
    if (strictFault(schema) === undefined) continue;
    return invalidRequest(`${field}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  }
  return undefined;
}

/** Results of tools are the user's too, but what the user has said stands before them. */
function lastUser({ messages }: AnthropicBody): string {
  const texts = messages.map(({ role, content }) => {
    if (role !== 'user') return '';
    if (typeof content === 'string') return content;
    return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  });
  return texts.findLast((text) => text !== '') ?? '';
}
