import * as z from 'zod';

const id = z
  .string()
  .regex(/^[\w.:-]{1,256}$/)
  .optional()
  .catch(undefined);
const responseSchema = z.object({
  id,
  output: z.array(z.object({ id }).catch({})).catch([]),
});
const eventSchema = z.object({ response: responseSchema });

/** The ids of a response and of the items of its output. */
export interface ResponseIds {
  readonly id: string;
  readonly itemIds: readonly string[];
}

/** Whether a text can be the id of a response or an item. A text that cannot is not looked up. */
export function isResponseId(text: unknown): text is string {
  return id.parse(text) !== undefined;
}

/** Reads the ids of a whole response, or of the last event of a stream. Undefined where there are none. */
export function readResponseIds(text: string): ResponseIds | undefined {
  const json = text.startsWith('{') ? text : readData(text);
  const value = parseJson(json);
  const response = eventSchema.safeParse(value).data?.response ?? responseSchema.safeParse(value).data;
  if (response?.id === undefined) return undefined;
  return { id: response.id, itemIds: response.output.flatMap((item) => item.id ?? []) };
}

function readData(event: string): string {
  const lines = event.split(/\r\n|\n|\r/);
  return lines.flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length)] : [])).join('\n');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
