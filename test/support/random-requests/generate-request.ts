import type { RequestShapes, Shape } from '../sdk-types/read-request-shapes.ts';
import { createText, ValueGenerator } from './generate-value.ts';
import { Random } from './random.ts';

type Fields = Record<string, unknown>;

export interface GeneratedRequest {
  readonly body: Fields;
  /** Names of fields that no API has, wherever they were added. */
  readonly unknownFields: readonly string[];
}

/** Creates a body of the Chat Completions API that its SDK's types allow, whose conversation is coherent. */
export function generateChatRequest(shapes: RequestShapes, model: string, seed: number): GeneratedRequest {
  const random = new Random(seed);
  const values = new ValueGenerator(shapes, random);
  const root = shapes.roots.ChatParams;
  const skipped = ['messages', 'model', 'tools', 'tool_choice', 'functions', 'function_call'];
  const body: Fields = { model, ...values.createObject(root, 1, skipped) };
  const field = (name: string) => values.getObject(root).fields[name]?.shape ?? { kind: 'unknown' as const };
  const isLegacy = random.chance(0.1);
  const names = addTools(
    body,
    isLegacy ? 'functions' : 'tools',
    field(isLegacy ? 'functions' : 'tools'),
    values,
    random,
  );
  if (names.length > 0 && random.chance(0.5)) {
    if (isLegacy) body.function_call = random.pick(['none', 'auto', { name: random.pick(names) }]);
    else body.tool_choice = createChatToolChoice(field('tool_choice'), names, values, random);
  }
  body.messages = createChatMessages(field('messages'), isLegacy, values, random);
  return { body, unknownFields: addUnknownFields(body, random) };
}

/** The same for the Messages API. `isBeta`: with the types of the beta API. */
export function generateMessagesRequest(shapes: RequestShapes, model: string, seed: number): GeneratedRequest {
  const random = new Random(seed);
  const values = new ValueGenerator(shapes, random);
  const root = random.chance(0.5) ? shapes.roots.BetaParams : shapes.roots.MessageParams;
  const skipped = ['messages', 'model', 'tools', 'tool_choice', 'thread'];
  const body: Fields = { model, ...values.createObject(root, 1, skipped) };
  const field = (name: string) => values.getObject(root).fields[name]?.shape ?? { kind: 'unknown' as const };
  const names = addTools(body, 'tools', field('tools'), values, random);
  if (names.length > 0 && random.chance(0.5)) {
    const choice = values.create(field('tool_choice'), 'tool_choice', 2) as Fields;
    body.tool_choice = choice.type === 'tool' ? { ...choice, name: random.pick(names) } : choice;
  }
  body.messages = createAnthropicMessages(field('messages'), values, random);
  return { body, unknownFields: addUnknownFields(body, random) };
}

/** Adds tools, and returns the names of those that a client defines. */
function addTools(body: Fields, field: string, shape: Shape, values: ValueGenerator, random: Random): string[] {
  if (!random.chance(0.6)) return [];
  const members = shape.kind === 'list' ? getMembers(shape.of) : [];
  const own = members.filter((member) => !isHostedTool(values, member));
  const tools = random.list(1, 3, () => values.createObject(random.pick(random.chance(0.7) ? own : members), 2));
  const names: string[] = [];
  for (const [index, tool] of tools.entries()) {
    const definition = isFields(tool.function) ? tool.function : isFields(tool.custom) ? tool.custom : tool;
    const isOwn = tool.type === undefined || tool.type === null || tool.type === 'function' || tool.type === 'custom';
    if (!isOwn) continue;
    definition.name = `tool_${index}`;
    if (tool.type !== 'custom' || !isFields(tool.custom)) names.push(`tool_${index}`);
  }
  body[field] = tools;
  return names;
}

function isHostedTool(values: ValueGenerator, shape: Shape): boolean {
  const type = values.getObject(shape).fields.type;
  return type?.shape.kind === 'literal' && !['function', 'custom'].includes(String(type.shape.value));
}

function createChatToolChoice(shape: Shape, names: readonly string[], values: ValueGenerator, random: Random): unknown {
  const choice = values.create(shape, 'tool_choice', 2);
  if (!isFields(choice)) return choice;
  const named = { type: 'function', function: { name: random.pick(names) } };
  if (choice.type === 'allowed_tools' && isFields(choice.allowed_tools)) choice.allowed_tools.tools = [named];
  return choice.type === 'function' ? named : choice;
}

function createChatMessages(shape: Shape, isLegacy: boolean, values: ValueGenerator, random: Random): Fields[] {
  const roles = new Map(
    getMembers(shape.kind === 'list' ? shape.of : shape).map((member) => [getLiteral(values, member, 'role'), member]),
  );
  const create = (role: string, skip: readonly string[] = []) => {
    const member = roles.get(role);
    if (!member) throw new Error(`no messages of the role ${role}`);
    return values.createObject(member, 2, skip);
  };
  const messages: Fields[] = random.list(0, 2, () => create(random.pick(['system', 'developer'])));
  for (let turn = random.int(1, 3); turn > 0; turn -= 1) {
    if (random.chance(0.95)) messages.push(create('user'));
    if (random.chance(0.5) && turn === 1) break;
    const reply = create('assistant', ['tool_calls', 'function_call']);
    const hasText =
      typeof reply.content === 'string' || Array.isArray(reply.content) || typeof reply.refusal === 'string';
    if (random.chance(0.4) || !hasText) addChatCalls(messages, reply, { isLegacy, create, values, random });
    else messages.push(reply);
  }
  if (!messages.some(({ role }) => role === 'user')) messages.push(create('user'));
  return messages;
}

interface CallOptions {
  readonly isLegacy: boolean;
  readonly create: (role: string) => Fields;
  readonly values: ValueGenerator;
  readonly random: Random;
}

function addChatCalls(messages: Fields[], reply: Fields, { isLegacy, create, random }: CallOptions): void {
  const name = `tool_${random.int(0, 2)}`;
  const args = () => JSON.stringify({ city: createText(random) });
  if (isLegacy) {
    messages.push({ ...reply, function_call: { name, arguments: args() } }, { ...create('function'), name });
    return;
  }
  const calls = random.list(1, 3, () => {
    const id = `call_${random.int(0, 1_000_000_000)}`;
    return random.chance(0.85)
      ? { id, type: 'function', function: { name, arguments: args() } }
      : { id, type: 'custom', custom: { name, input: createText(random) } };
  });
  messages.push({ ...reply, tool_calls: calls });
  for (const { id } of calls) messages.push({ ...create('tool'), tool_call_id: id });
}

/** Blocks of a role, with the calls and results of a loop that is closed. */
function createAnthropicMessages(shape: Shape, values: ValueGenerator, random: Random): Fields[] {
  const members = getMembers(shape.kind === 'list' ? shape.of : shape);
  const find = (role: string) =>
    members.find((member) => matchesLiteral(values.getObject(member).fields.role?.shape, role));
  const blocksOf = (role: string): readonly Shape[] => {
    const message = find(role);
    const content = message && values.getObject(message).fields.content?.shape;
    const list = content && getMembers(content).find(({ kind }) => kind === 'list');
    return list?.kind === 'list' ? getMembers(list.of) : [];
  };
  const createBlocks = (role: string, isOmitted: (type: string) => boolean) => {
    const blocks = blocksOf(role).filter((block) => !isOmitted(String(getLiteral(values, block, 'type'))));
    return random.list(1, 3, () => values.createObject(values.pickMember(blocks), 2));
  };
  const text = () => ({ type: 'text', text: createText(random) });
  const userOnly = (type: string) =>
    /^(tool_use|thinking|redacted_thinking|server_tool_use|mcp_tool_use|tool_result)$/.test(type);
  const assistantOnly = (type: string) =>
    /^(tool_result|tool_use|image|document|search_result|container_upload)$/.test(type);
  const messages: Fields[] = [];
  for (let turn = random.int(1, 3); turn > 0; turn -= 1) {
    messages.push({
      role: 'user',
      content: random.chance(0.4) ? createText(random) : [text(), ...createBlocks('user', userOnly)],
    });
    const system = random.chance(0.1) ? find('system') : undefined;
    if (system) messages.push(values.createObject(system, 2));
    if (turn === 1 && random.chance(0.5)) break;
    const content = random.chance(0.3) ? [text()] : createBlocks('assistant', assistantOnly);
    if (!random.chance(0.5)) {
      messages.push({ role: 'assistant', content: [...content, text()] });
      continue;
    }
    const calls = random.list(1, 2, () => ({
      type: 'tool_use',
      id: `toolu_${random.int(0, 1_000_000_000)}`,
      name: `tool_${random.int(0, 2)}`,
      input: { city: createText(random) },
    }));
    const result = blocksOf('user').find((block) => getLiteral(values, block, 'type') === 'tool_result');
    messages.push({ role: 'assistant', content: [...content, ...calls] });
    const results = calls.map(({ id }) => ({ ...(result && values.createObject(result, 2)), tool_use_id: id }));
    messages.push({ role: 'user', content: results });
  }
  return messages;
}

/** Objects whose members are the client's own. */
const freeObjects = new Set([
  'input_schema',
  'parameters',
  'schema',
  'input',
  'metadata',
  'logit_bias',
  'properties',
  'configs',
  'any',
]);

export function addUnknownFields(body: Fields, random: Random): string[] {
  const names: string[] = [];
  const visit = (value: unknown, chance: number): void => {
    if (Array.isArray(value)) for (const entry of value) visit(entry, chance);
    if (!isFields(value)) return;
    for (const [name, member] of Object.entries(value)) if (!freeObjects.has(name)) visit(member, chance);
    if (!random.chance(chance)) return;
    const name = `x_unknown_${names.length}`;
    value[name] = random.pick<unknown>([1, 'text', true, { nested: [1] }, ['list']]);
    names.push(name);
  };
  visit(body, random.chance(0.6) ? 0.15 : 0);
  return names;
}

function getMembers(shape: Shape): readonly Shape[] {
  return shape.kind === 'union' ? shape.of : [shape];
}

function getLiteral(values: ValueGenerator, shape: Shape, name: string): unknown {
  const field = values.getObject(shape).fields[name]?.shape;
  return field?.kind === 'literal' ? field.value : undefined;
}

function matchesLiteral(shape: Shape | undefined, value: string): boolean {
  return shape !== undefined && getMembers(shape).some((member) => member.kind === 'literal' && member.value === value);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
