import { type AgentRequest, words } from './agent-request.ts';
import { createChatMessages, createChatTool } from './chat-messages.ts';

const stream_options = { include_usage: true };
const asText = (texts: readonly string[]) => texts.join('\n');
const asParts = (texts: readonly string[]) => texts.map((text) => ({ type: 'text', text }));

/** opencode marks its messages for Claude's prompt cache where the model's name has "claude" in it. */
const opencode: AgentRequest = {
  agent: 'opencode',
  version: '1.18.33',
  protocol: 'openai',
  headers: { 'x-session-affinity': 'ses_0001', 'x-session-id': 'ses_0001' },
  shellTool: 'bash',
  createBody: (turn) => ({
    model: turn.model,
    max_tokens: 32_000,
    messages: createChatMessages(turn, {
      shell: { name: 'bash', input: { command: words.command } },
      readImage: { name: 'read', input: { filePath: words.imagePath } },
      writeUser: asText,
      assistantText: words.explanation,
      image: { result: 'Image read successfully' },
      ...(turn.model.includes('claude') && { messageFields: { cache_control: { type: 'ephemeral' } } }),
    }),
    tools: [createChatTool('bash', 'command'), createChatTool('read', 'filePath')],
    tool_choice: 'auto',
    stream_options,
  }),
  // Reasoning models refuse `max_tokens`.
  openAiModel: 'gpt-4.1-mini',
};

const cline: AgentRequest = {
  agent: 'Cline',
  version: '3.0.65',
  protocol: 'openai',
  headers: {},
  shellTool: 'run_commands',
  createBody: (turn) => ({
    model: turn.model,
    messages: createChatMessages(turn, {
      shell: { name: 'run_commands', input: { commands: [words.command] } },
      readImage: { name: 'read_files', input: { files: [{ path: words.imagePath }] } },
      writeUser: asText,
      image: { result: '[{"type":"text","text":"Read an image (see the next message for image)"}]' },
    }),
    tools: [createChatTool('run_commands', 'commands'), createChatTool('read_files', 'files')],
    tool_choice: 'auto',
    stream_options,
  }),
};

/** Tools without parameters, and the texts of a message as parts. */
const qwenCode: AgentRequest = {
  agent: 'Qwen Code',
  version: '0.24.4',
  protocol: 'openai',
  headers: { 'sec-fetch-mode': 'cors' },
  shellTool: 'run_shell_command',
  createBody: (turn) => ({
    model: turn.model,
    messages: createChatMessages(turn, {
      shell: { name: 'run_shell_command', input: { command: words.command, is_background: false } },
      readImage: { name: 'read_file', input: { file_path: words.imagePath } },
      writeUser: asParts,
      assistantText: '',
      image: { result: '[Image: see the next message]', caption: words.reminder },
    }),
    // The second is a setting for OpenAI's reasoning models, which refuse the first.
    ...(turn.model.startsWith('gpt-5') ? { max_completion_tokens: 32_000 } : { max_tokens: 64_000 }),
    stream_options,
    tools: [
      createChatTool('run_shell_command', 'command'),
      createChatTool('read_file', 'file_path'),
      { type: 'function', function: { name: 'get_goal', description: 'A tool without parameters.' } },
    ],
  }),
};

const copilot: AgentRequest = {
  agent: 'Copilot CLI',
  version: '1.0.102',
  protocol: 'openai',
  headers: { 'x-interaction-type': 'conversation-user', 'x-initiator': 'user' },
  shellTool: 'bash',
  createBody: (turn) => ({
    model: turn.model,
    messages: createChatMessages(turn, {
      shell: { name: 'bash', input: { command: words.command, description: 'List files' } },
      readImage: { name: 'view', input: { path: words.imagePath } },
      writeUser: asText,
      image: { result: 'Viewed image', caption: 'Image of the tool:' },
    }),
    reasoning_effort: 'medium',
    temperature: 1,
    max_tokens: 64_000,
    tools: [createChatTool('bash', 'command'), createChatTool('view', 'path')],
    stream_options,
  }),
  reports: (provider) => ({ adjusted: provider === 'ollama' ? ['reasoning_effort'] : [] }),
  // It sends both without a look at the model, with and without a gateway.
  refusals: { openai: 'max_tokens', acme: 'reasoning_effort' },
};

const continueCli: AgentRequest = {
  agent: 'Continue',
  version: '1.5.47',
  protocol: 'openai',
  headers: {},
  shellTool: 'Bash',
  createBody: (turn) => ({
    model: turn.model,
    messages: createChatMessages(turn, {
      shell: { name: 'Bash', input: { command: words.command } },
      readImage: { name: 'Read', input: { filepath: words.imagePath } },
      writeUser: asText,
      assistantText: '',
      image: { result: 'Read.' },
    }),
    tools: [createChatTool('Bash', 'command'), createChatTool('Read', 'filepath')],
    parallel_tool_calls: false,
  }),
  reports: (provider) => ({ adjusted: provider === 'ollama' ? ['parallel_tool_calls'] : [] }),
};

const pi: AgentRequest = {
  agent: 'pi',
  version: '0.73.1',
  protocol: 'openai',
  headers: { 'sec-fetch-mode': 'cors' },
  shellTool: 'bash',
  createBody: (turn) => ({
    model: turn.model,
    messages: createChatMessages(turn, {
      shell: { name: 'bash', input: { command: words.command } },
      readImage: { name: 'read', input: { path: words.imagePath } },
      writeUser: asParts,
      image: { result: 'Read image file [image/png]', caption: 'Attached image(s) from tool result:' },
    }),
    stream_options,
    store: false,
    max_completion_tokens: 16_384,
    tools: [createChatTool('bash', 'command', { strict: false }), createChatTool('read', 'path', { strict: false })],
  }),
  reports: (provider) => ({ dropped: provider === 'claude' || provider === 'ollama' ? ['store'] : [] }),
};

/** The current agents that speak OpenAI's protocol. */
export const chatRequests: readonly AgentRequest[] = [opencode, cline, qwenCode, copilot, continueCli, pi];
