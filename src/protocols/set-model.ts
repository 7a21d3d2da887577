import { setJsonProperties } from '../lib/edit-json-object.ts';

/** The body as it came, but for the model's name where that has changed. */
export function setModel(text: string, body: Readonly<Record<string, unknown>>, model: string): string {
  return body.model === model ? text : setJsonProperties(text, { model: JSON.stringify(model) });
}
