/** Vendors that refuse what the real ones refuse of a conversation that comes back. Each calls a tool, and then answers. */

type Body = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;

export interface FakeVendor {
  readonly model: string;
  readonly received: Body[];
  /** The same, as text. */
  readonly receivedTexts: string[];
  readonly fetch: typeof fetch;
}

const toolId = /^[a-zA-Z0-9_-]{1,40}$/;

class RefusedError extends Error {}

function refuseUnless(condition: unknown, message: string): asserts condition {
  if (!condition) throw new RefusedError(message);
}

const asList = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : []);
const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const isLastToolResult = (messages: readonly Fields[]) => {
  const { role, content } = messages.at(-1) ?? {};
  return role === 'tool' || asList(content).some(({ type }) => type === 'tool_result');
};

function createVendor(
  model: string,
  reply: (body: Body, turn: number) => { readonly text: string; readonly type: string },
): FakeVendor {
  const received: Body[] = [];
  const receivedTexts: string[] = [];
  const send = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const text = await new Request(input, init).text();
    const body: Body = JSON.parse(text);
    received.push(body);
    receivedTexts.push(text);
    try {
      refuseUnless(!text.includes('aia1.'), 'an opaque value of the gateway');
      const { text: answer, type } = reply(body, received.length);
      return new Response(answer, { headers: { 'content-type': type } });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const refusal = { type: 'error', error: { type: 'invalid_request_error', message: error.message } };
      return Response.json(refusal, { status: 400 });
    }
  };
  return { model, received, receivedTexts, fetch: send as typeof fetch };
}

const sse = (events: readonly object[], named = false) => ({
  type: 'text/event-stream',
  text: events
    .map((event) => `${named ? `event: ${asFields(event).type}\n` : ''}data: ${JSON.stringify(event)}\n\n`)
    .join(''),
});
const json = (value: object) => ({ type: 'application/json', text: JSON.stringify(value) });

/** Signs its thinking, and while it thinks wants all of it back with a tool call. */
export function createFakeClaude(): FakeVendor {
  const issued = new Map<string, string>();
  return createVendor('claude-haiku-4-5', (body, turn) => {
    const messages = asList(body.messages);
    for (const { content } of messages) {
      for (const block of asList(content)) {
        if (block.type === 'thinking') {
          refuseUnless(
            issued.get(String(block.signature)) === block.thinking,
            'Invalid `signature` in `thinking` block',
          );
        }
        if (block.type === 'redacted_thinking') refuseUnless(issued.has(String(block.data)), 'Invalid `data`');
        const id = block.type === 'tool_use' ? block.id : block.type === 'tool_result' ? block.tool_use_id : 'ok';
        refuseUnless(toolId.test(String(id)), 'id: String should match pattern');
      }
    }
    const isLoop = isLastToolResult(messages);
    if (isLoop && body.thinking !== undefined) {
      const types = asList(messages.at(-2)?.content).map(({ type }) => type);
      refuseUnless(types[0] === 'thinking', 'Expected `thinking`, but found `tool_use`');
      refuseUnless(types.includes('redacted_thinking'), 'redacted_thinking is missing');
    }
    const head = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-haiku-4-5', stop_sequence: null };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const answer = [{ type: 'text', text: 'done' }];
    const call = [
      { type: 'thinking', thinking: `Claude thinks ${turn}`, signature: `claude-signature-${turn}` },
      { type: 'redacted_thinking', data: `claude-redacted-${turn}` },
      { type: 'tool_use', id: `toolu_${turn}`, name: 'look', input: { city: 'Oslo' } },
    ];
    issued.set(`claude-signature-${turn}`, `Claude thinks ${turn}`).set(`claude-redacted-${turn}`, '');
    const content = isLoop ? answer : call;
    const stop_reason = isLoop ? 'end_turn' : 'tool_use';
    if (!body.stream) return json({ ...head, content, stop_reason, usage });
    const blocks = content.flatMap((block: Fields, index) => {
      const { text, thinking, signature, input, ...start } = block;
      const deltas = [
        ...(text === undefined ? [] : [{ type: 'text_delta', text }]),
        ...(thinking === undefined ? [] : [{ type: 'thinking_delta', thinking }]),
        ...(signature === undefined ? [] : [{ type: 'signature_delta', signature }]),
        ...(input === undefined ? [] : [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }]),
      ];
      const empty = { text: '', thinking: '', signature: '', input: {} };
      const begun = Object.entries(empty).filter(([name]) => name in block);
      return [
        { type: 'content_block_start', index, content_block: { ...start, ...Object.fromEntries(begun) } },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ];
    });
    const start = { type: 'message_start', message: { ...head, content: [], stop_reason: null, usage } };
    const end = [
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ];
    return sse([start, ...blocks, ...end], true);
  });
}

interface OpenAiRules {
  readonly checkMessage: (message: Fields) => void;
  readonly callMessage: (turn: number) => Fields;
  readonly answerMessage?: Fields;
}

function createOpenAiVendor(model: string, { checkMessage, callMessage, answerMessage }: OpenAiRules): FakeVendor {
  return createVendor(model, (body, turn) => {
    const messages = asList(body.messages);
    for (const message of messages) if (message.role === 'assistant') checkMessage(message);
    const isLoop = isLastToolResult(messages);
    const message: Fields = isLoop ? { content: 'done', ...answerMessage } : callMessage(turn);
    const finish_reason = isLoop ? 'stop' : 'tool_calls';
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const head = { id: 'c1', created: 1, model };
    if (!body.stream) {
      const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }];
      return json({ ...head, object: 'chat.completion', choices, usage });
    }
    const { reasoning_content, tool_calls, ...rest } = message;
    const calls = asList(tool_calls).map((call, index) => ({ index, ...call }));
    const deltas = [
      { role: 'assistant', content: '' },
      ...(reasoning_content ? [{ reasoning_content }] : []),
      ...(rest.content ? [{ content: rest.content }] : []),
      ...(rest.extra_content ? [{ content: '', extra_content: rest.extra_content }] : []),
      ...calls.map((call) => ({ tool_calls: [call] })),
    ];
    const chunks = [...deltas, {}].map((delta, index) => {
      const choices = [{ index: 0, delta, finish_reason: index === deltas.length ? finish_reason : null }];
      return { ...head, object: 'chat.completion.chunk', choices };
    });
    const { type, text } = sse([...chunks, { ...head, object: 'chat.completion.chunk', choices: [], usage }]);
    return { type, text: `${text}data: [DONE]\n\n` };
  });
}

const openAiCall = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{"city":"Oslo"}' } });

/** Refuses fields of other vendors, as OpenAI does. */
export function createFakeOpenAi(): FakeVendor {
  const fields = new Set(['role', 'content', 'refusal', 'name', 'tool_calls', 'annotations', 'audio', 'function_call', 'parsed']);
  return createOpenAiVendor('gpt-5-mini', {
    checkMessage: (message) => {
      const extra = Object.keys(message).find((name) => !fields.has(name));
      refuseUnless(extra === undefined, `Additional properties are not allowed ('${extra}' was unexpected)`);
      for (const call of asList(message.tool_calls)) refuseUnless(!('extra_content' in call), 'extra_content');
    },
    callMessage: (turn) => ({ content: null, tool_calls: [openAiCall(`call_openai_${turn}`)] }),
  });
}

/** Wants its reasoning back with tool calls, and names calls in a way that other vendors refuse. */
export function createFakeKimi(): FakeVendor {
  const issued = new Set<unknown>();
  return createOpenAiVendor('kimi-k2-thinking', {
    checkMessage: ({ tool_calls, reasoning_content: reasoning }) => {
      if (asList(tool_calls).length === 0) return;
      const isOwn = asList(tool_calls).some(({ id }) => String(id).startsWith('functions'));
      refuseUnless(reasoning, 'thinking is enabled but reasoning_content is missing in assistant tool call message');
      refuseUnless(!isOwn || issued.has(reasoning), 'reasoning_content is not what was written');
    },
    callMessage: (turn) => {
      issued.add(`Kimi thinks ${turn}`);
      const calls = [openAiCall(`functions.look:${turn - 1}`)];
      return { content: '', reasoning_content: `Kimi thinks ${turn}`, tool_calls: calls };
    },
  });
}

/** Wants its reasoning back with tool calls. */
export function createFakeDeepSeek(): FakeVendor {
  const issued = new Set<unknown>();
  return createOpenAiVendor('deepseek-reasoner', {
    checkMessage: ({ tool_calls, reasoning_content: reasoning }) => {
      if (asList(tool_calls).length === 0) return;
      refuseUnless(reasoning, 'The reasoning_content in the thinking mode must be passed back');
      const isOwn = asList(tool_calls).some(({ id }) => String(id).startsWith('call_deepseek'));
      refuseUnless(!isOwn || issued.has(reasoning), 'The reasoning_content is not what was written');
    },
    callMessage: (turn) => {
      issued.add(`DeepSeek thinks ${turn}`);
      const calls = [openAiCall(`call_deepseek_${turn}`)];
      return { content: null, reasoning_content: `DeepSeek thinks ${turn}`, tool_calls: calls };
    },
  });
}

/** Signs its tool calls and texts, and wants the signatures of calls back. */
export function createFakeGemini(): FakeVendor {
  const issued = new Set(['skip_thought_signature_validator', 'gemini-text']);
  const signatureOf = ({ extra_content }: Fields) => asFields(asFields(extra_content).google).thought_signature;
  return createOpenAiVendor('gemini-3-pro-preview', {
    checkMessage: (message) => {
      const [first] = asList(message.tool_calls);
      if (first) refuseUnless(issued.has(String(signatureOf(first))), 'Function call is missing a thought_signature');
      const ofText = signatureOf(message);
      refuseUnless(ofText === undefined || issued.has(String(ofText)), 'Thought signature is not valid');
    },
    callMessage: (turn) => {
      issued.add(`gemini-call-${turn}`);
      const signed = { extra_content: { google: { thought_signature: `gemini-call-${turn}` } } };
      const calls = [{ ...openAiCall(`function-call-${turn}`), ...signed }, openAiCall(`function-call-${turn}-b`)];
      return { content: null, tool_calls: calls };
    },
    answerMessage: { extra_content: { google: { thought_signature: 'gemini-text' } } },
  });
}

/** Refuses fields of other vendors. */
export function createFakeMistral(): FakeVendor {
  return createOpenAiVendor('mistral-large', {
    checkMessage: (message) => {
      const extra = Object.keys(message).find((name) => /^reasoning|^extra/.test(name));
      refuseUnless(extra === undefined, `Extra inputs are not permitted: ${extra}`);
      for (const call of asList(message.tool_calls)) refuseUnless(!('extra_content' in call), 'extra_content');
    },
    callMessage: (turn) => ({ content: null, tool_calls: [openAiCall(`mistral${turn}`)] }),
  });
}

export function createFakeOllama(): FakeVendor {
  return createVendor('llama3.2', (body) => {
    const isLoop = isLastToolResult(asList(body.messages));
    const call = { function: { name: 'look', arguments: { city: 'Oslo' } } };
    const message = isLoop ? { content: 'done' } : { content: '', thinking: 'Hm.', tool_calls: [call] };
    const reply = { model: 'llama3.2', message: { role: 'assistant', ...message }, done: true, done_reason: 'stop' };
    return { type: 'application/x-ndjson', text: `${JSON.stringify({ ...reply, eval_count: 1 })}\n` };
  });
}
