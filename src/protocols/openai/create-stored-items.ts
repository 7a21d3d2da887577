/** What the ids of items begin with, as OpenAI's do. */
const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  compaction: 'cmp',
};

type Item = Readonly<Record<string, unknown>>;

/**
 * Creates the items that are stored of a request's input: a text as a message, each item with a type and an id. Arguments that are
 * an object become text, in which numbers keep their digits.
 */
export function createStoredItems(input: unknown, idSuffix: string): readonly object[] {
  const items: unknown[] = typeof input === 'string' ? [{ role: 'user', content: input }] : toList(input);
  return items.filter(isItem).map((item, index) => createStoredItem(item, `${idSuffix}_in${index}`));
}

function createStoredItem(item: Item, idSuffix: string): object {
  const { type = 'message', id, ...fields } = item;
  const prefix = (typeof type === 'string' ? idPrefixes[type] : undefined) ?? 'item';
  const head = { id: typeof id === 'string' && id !== '' ? id : `${prefix}_${idSuffix}`, type };
  if (type === 'message') return { ...head, status: 'completed', ...fields, content: toParts(fields) };
  return isItem(fields.arguments)
    ? { ...head, ...fields, arguments: JSON.stringify(fields.arguments) }
    : { ...head, ...fields };
}

function toParts({ role, content }: Item): unknown {
  if (typeof content !== 'string') return content;
  return role === 'assistant'
    ? [{ type: 'output_text', text: content, annotations: [], logprobs: [] }]
    : [{ type: 'input_text', text: content }];
}

function toList(input: unknown): unknown[] {
  return Array.isArray(input) ? input : [];
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
