/** What the model of a request reads, in the words of any protocol. */
export interface Prompt {
  /** Lists of messages and other content. The names of a message's own fields do not count. */
  readonly content: readonly unknown[];
  /** Tools, schemas, and fields that the gateway does not know. All that is in them counts, also the names of fields. */
  readonly data: readonly unknown[];
  /** The tools, which are in `data` too: a vendor may add text of its own for them. */
  readonly tools?: unknown;
  /** Text that the model may reject, and that is billed as output then: OpenAI's `prediction`. */
  readonly predicted?: unknown;
  /** The JSON that is sent as it came. Absent: the gateway writes it itself. */
  readonly json?: string | undefined;
  /** Whether the provider adds content that is not in the request, such as a stored conversation. */
  readonly hasHiddenContent?: boolean | undefined;
}

const contentFields: ReadonlySet<string> = new Set(['messages', 'input', 'system', 'instructions']);
/** Parameters of the three protocols that no model reads. A field that is not here counts. */
const parameters: ReadonlySet<string> = new Set([
  ...[
    'model',
    'stream',
    'stream_options',
    'n',
    'seed',
    'stop',
    'stop_sequences',
    'user',
    'safety_identifier',
    'metadata',
  ],
  ...['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_tool_calls', 'temperature', 'top_p', 'top_k'],
  ...['frequency_penalty', 'presence_penalty', 'logit_bias', 'logprobs', 'top_logprobs', 'parallel_tool_calls'],
  ...['service_tier', 'store', 'background', 'include', 'truncation', 'prompt_cache_key', 'prompt_cache_retention'],
  ...['modalities', 'audio', 'reasoning', 'reasoning_effort', 'verbosity', 'thinking', 'cache_control', 'speed'],
  ...['inference_geo', 'encoding_format', 'dimensions', 'prediction'],
]);
/** Fields by which a provider adds what it has stored, or what it fetches. */
const hiddenFields: readonly string[] = [
  ...['previous_response_id', 'conversation', 'thread', 'container', 'mcp_servers', 'web_search_options'],
];
/** Tools that a provider runs itself, and whose results the model reads. */
const hostedTools = /^(?:web_search|web_fetch|file_search|code_interpreter|code_execution|mcp|tool_search)/;

type Body = Readonly<Record<string, unknown>>;

/** Returns the prompt of a body of OpenAI's or Anthropic's. `json` is the body as it came. */
export function readPrompt(body: Body, json: string): Prompt {
  const content: unknown[] = [];
  const data: unknown[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (contentFields.has(name)) content.push(value);
    else if (!parameters.has(name)) data.push(value);
  }
  return {
    content,
    data,
    tools: body.tools,
    predicted: body.prediction,
    json,
    hasHiddenContent: hasHiddenContent(body),
  };
}

function hasHiddenContent(body: Body): boolean {
  if (hiddenFields.some((name) => isGiven(body[name]))) return true;
  // A stored prompt of Responses; a prompt that is text is content.
  if (typeof body.prompt === 'object' && body.prompt !== null && 'id' in body.prompt) return true;
  return Array.isArray(body.tools) && body.tools.some(isHostedTool);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function isHostedTool(tool: unknown): boolean {
  return (
    typeof tool === 'object' &&
    tool !== null &&
    'type' in tool &&
    typeof tool.type === 'string' &&
    hostedTools.test(tool.type)
  );
}
