import { type AgentRequest, createPrompt, imageBase64, type Turn, words } from './agent-request.ts';

const ephemeral = { type: 'ephemeral' };
const input = { command: words.command, description: 'List files' };

const tools = [
  {
    name: 'Bash',
    description: 'Runs a command.',
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        command: { description: 'The command', type: 'string' },
        timeout: { description: 'In milliseconds', type: 'number' },
        description: { description: 'What the command does', type: 'string' },
        run_in_background: { type: 'boolean' },
      },
      required: ['command'],
      additionalProperties: false,
    },
  },
  {
    name: 'Read',
    description: 'Reads a file.',
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        file_path: { description: 'An absolute path', type: 'string' },
        offset: { description: 'The first line', type: 'integer', minimum: 0, maximum: 9_007_199_254_740_991 },
        limit: { type: 'integer', exclusiveMinimum: 0 },
      },
      required: ['file_path'],
      additionalProperties: false,
    },
  },
  {
    name: 'DeferredToolPlaceholder',
    description: 'Never called.',
    input_schema: { type: 'object', properties: {} },
    defer_loading: true,
  },
];

/** Claude's models know system messages within the conversation, with an effort of their own. */
function createMessages(turn: Turn): object[] {
  const { model, step } = turn;
  const isClaude = model.startsWith('claude');
  const prompt = createPrompt(turn, 'Bash', input);
  const messages: object[] = [
    {
      role: 'user',
      content: [
        { type: 'text', text: words.reminder },
        { type: 'text', text: prompt },
      ],
    },
    {
      role: 'system',
      content: [{ type: 'text', text: words.reminder, ...(step === 'prompt' && { cache_control: ephemeral }) }],
      ...(isClaude && { output_config: { effort: 'medium' } }),
    },
  ];
  if (step === 'prompt') return messages;
  const readsImage = step === 'image';
  const call = readsImage
    ? { type: 'tool_use', id: 'toolu_01Read', name: 'Read', input: { file_path: words.imagePath } }
    : { type: 'tool_use', id: 'toolu_01Bash', name: 'Bash', input };
  const content = readsImage
    ? [{ type: 'image', source: { type: 'base64', data: imageBase64, media_type: 'image/png' } }]
    : words.commandOutput;
  messages.push(
    {
      role: 'assistant',
      content: [
        ...(isClaude ? [{ type: 'thinking', thinking: '', signature: 'c2lnbmF0dXJl' }] : []),
        { type: 'text', text: words.explanation },
        call,
      ],
    },
    {
      role: 'user',
      content: [
        {
          tool_use_id: call.id,
          type: 'tool_result',
          content,
          ...(!readsImage && { is_error: false }),
          ...(step !== 'next prompt' && { cache_control: ephemeral }),
        },
      ],
    },
  );
  if (step === 'next prompt') {
    messages.push(
      { role: 'assistant', content: [{ type: 'text', text: words.explanation }] },
      { role: 'user', content: [{ type: 'text', text: words.nextPrompt, cache_control: ephemeral }] },
      // The user has changed the effort.
      { role: 'system', output_config: { effort: 'low' } },
    );
  }
  return messages;
}

const dropped = [
  'context_management',
  'messages[].content[].cache_control',
  'system[].cache_control',
  'thinking.display',
  'tools[].defer_loading',
];

/** The current Claude Code. */
export const claudeCodeRequest: AgentRequest = {
  agent: 'Claude Code',
  version: '2.1.332',
  protocol: 'anthropic',
  headers: {
    'anthropic-beta':
      'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,per-turn-control-2026-07-01,' +
      'mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24',
    'anthropic-dangerous-direct-browser-access': 'true',
    'x-app': 'cli',
    'x-claude-code-session-id': '18395b45-b4b9-40ca-8d98-8a88ce1f8903',
  },
  shellTool: 'Bash',
  createBody: (turn) => ({
    model: turn.model,
    messages: createMessages(turn),
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=0;' },
      { type: 'text', text: words.system, cache_control: ephemeral },
      { type: 'text', text: words.reminder, cache_control: ephemeral },
    ],
    tools,
    metadata: { user_id: JSON.stringify({ device_id: 'd'.repeat(64), account_uuid: '', session_id: '18395b45' }) },
    max_tokens: turn.model.startsWith('claude') ? 64_000 : 32_000,
    thinking: { type: 'adaptive', display: 'omitted' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: turn.model.startsWith('claude') ? 'medium' : 'high' },
  }),
  reports: (provider, step) => ({
    dropped:
      provider === 'claude'
        ? []
        : [
            ...dropped,
            ...(step === 'next prompt' ? ['messages[].output_config'] : []),
            // Ollama has no field for the end user.
            ...(provider === 'ollama' ? ['metadata.user_id'] : []),
          ],
    adjusted: [
      // These models cannot reason, or have said so.
      ...(provider === 'ollama' || provider === 'acme' ? ['output_config.effort'] : []),
      ...(step === 'image' && ['openai', 'acme', 'stub'].includes(provider) ? ['messages[].content'] : []),
    ],
  }),
};
