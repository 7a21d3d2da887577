import { setJsonProperties } from '../lib/edit-json-object.ts';

/** Replaces the model's name in a body where it differs; the rest of the text stays byte for byte. */
export function setModel(text: string, body: Readonly<Record<string, unknown>>, model: string): string {
  return body.model === model ? text : setJsonProperties(text, { model: JSON.stringify(model) });
}
