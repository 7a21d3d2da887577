import type { RequestShapes, Shape } from '../sdk-types/read-request-shapes.ts';
import { addUnknownFields, type GeneratedRequest, isFields } from './generate-request.ts';
import { createText, ValueGenerator } from './generate-value.ts';
import { Random } from './random.ts';

type Fields = Record<string, unknown>;

/** What makes sense with stored responses only, and is set apart. */
const skipped = [
  'model',
  'input',
  'tools',
  'tool_choice',
  'previous_response_id',
  'conversation',
  'prompt',
  'background',
];

/** Creates a body of the Responses API that its SDK's types allow, whose conversation is coherent. */
export function generateResponsesRequest(shapes: RequestShapes, model: string, seed: number): GeneratedRequest {
  const random = new Random(seed);
  const values = new ValueGenerator(shapes, random);
  const root = shapes.roots.ResponseParams;
  const body: Fields = { model, ...values.createObject(root, 1, skipped) };
  const field = (name: string) => values.getObject(root).fields[name]?.shape ?? { kind: 'unknown' as const };
  const names = addTools(body, field('tools'), values, random);
  if (names.length > 0 && random.chance(0.5)) {
    const choice = values.create(field('tool_choice'), 'tool_choice', 2);
    const named = { type: 'function', name: random.pick(names) };
    body.tool_choice = isFields(choice)
      ? { ...named, ...(choice.type === 'allowed_tools' && { ...choice, tools: [named] }) }
      : choice;
  }
  body.input = random.chance(0.2) ? createText(random) : createItems(field('input'), values, random);
  return { body, unknownFields: addUnknownFields(body, random) };
}

/** Adds tools, and returns the names of the functions. */
function addTools(body: Fields, shape: Shape, values: ValueGenerator, random: Random): string[] {
  if (!random.chance(0.6) || shape.kind !== 'list') return [];
  const tools = random.list(1, 3, () => values.createObject(values.pickMember(getMembers(shape.of)), 2));
  const names: string[] = [];
  for (const [index, tool] of tools.entries()) {
    if (tool.type === 'function' || tool.type === 'custom' || tool.type === 'namespace') tool.name = `tool_${index}`;
    if (tool.type === 'function') names.push(`tool_${index}`);
    if (Array.isArray(tool.tools))
      for (const [at, inner] of tool.tools.entries()) if (isFields(inner)) inner.name = `inner_${at}`;
  }
  body.tools = tools;
  return names;
}

function createItems(shape: Shape, values: ValueGenerator, random: Random): Fields[] {
  const list = getMembers(shape).find(({ kind }) => kind === 'list');
  const members = list?.kind === 'list' ? getMembers(list.of) : [];
  const typeOf = (member: Shape) => {
    const type = values.getObject(member).fields.type?.shape;
    return type?.kind === 'literal' ? type.value : undefined;
  };
  const ofType = (type: string) => members.filter((member) => typeOf(member) === type);
  const isCoherent = (member: Shape) =>
    !/^(item_reference|function_call|custom_tool_call|function_call_output|custom_tool_call_output|message)$/.test(
      String(typeOf(member) ?? 'message'),
    );
  const user = () => ({ role: 'user', content: createText(random) });
  const items: Fields[] = [user()];
  for (let turn = random.int(1, 4); turn > 0; turn -= 1) {
    if (random.chance(0.3)) items.push(values.createObject(values.pickMember(members.filter(isCoherent)), 2));
    if (random.chance(0.3))
      items.push({ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: createText(random) }] });
    if (random.chance(0.5)) items.push({ role: 'assistant', content: createText(random) });
    if (random.chance(0.5)) {
      const isCustom = random.chance(0.3);
      const call_id = `call_${random.int(0, 1_000_000_000)}`;
      const [output] = ofType(isCustom ? 'custom_tool_call_output' : 'function_call_output');
      items.push(
        isCustom
          ? { type: 'custom_tool_call', call_id, name: 'tool_0', input: createText(random) }
          : { type: 'function_call', call_id, name: 'tool_0', arguments: JSON.stringify({ city: createText(random) }) },
        { ...(output && values.createObject(output, 2)), call_id },
      );
    }
    items.push(user());
  }
  return items;
}

function getMembers(shape: Shape): readonly Shape[] {
  return shape.kind === 'union' ? shape.of : [shape];
}
