import type { TargetedRequest } from '../gateway/run-route.ts';
import { changeJsonValues } from '../lib/change-json-values.ts';
import { setJsonProperties } from '../lib/edit-json-object.ts';

type Body = Readonly<Record<string, unknown>>;

/** The field of a client's protocol for a param of a route, or the member of a field: `reasoning.effort`. */
export interface ParamField {
  readonly path: readonly [field: string, member?: string];
  /** Other fields that say the same. */
  readonly aliases?: readonly string[];
  readonly encode?: (value: unknown) => unknown;
}

/** By the names of the params. A param without a field has no counterpart in the protocol. */
export type ParamFields = Readonly<Record<string, ParamField>>;

/**
 * Returns the body of an attempt at a target of a route: without the list of models, which is the gateway's, and with those params of
 * the target that the client has not set. Every other byte stays as it is. Returns the same body for a request without a route.
 */
export function applyRoute(
  { text, body }: { readonly text: string; readonly body: Body },
  { models, series }: Pick<TargetedRequest, 'models' | 'series'>,
  fields: ParamFields,
): { readonly text: string; readonly body: Body } {
  if (!series) return { text, body };
  const withoutModels = models ? changeJsonValues(text, ['models'], () => null) : text;
  const properties = encodeParams(body, series.params ?? {}, fields);
  const changed = Object.keys(properties).length > 0 ? setJsonProperties(withoutModels, properties) : withoutModels;
  return changed === text ? { text, body } : { text: changed, body: JSON.parse(changed) };
}

function encodeParams(body: Body, params: Body, fields: ParamFields): Record<string, string> {
  const values = selectParams(body, params, fields);
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, JSON.stringify(value)]));
}

/** Returns the fields of a body, with their values, that take the params which the client has not set. */
export function selectParams(body: Body, params: Body, fields: ParamFields): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    const found = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!found) continue;
    const { path, aliases = [], encode = (same: unknown) => same } = found;
    const [field, member] = path;
    if ([field, ...aliases].every((alias) => (body[alias] ?? null) === null)) {
      const encoded = encode(value);
      values[field] = member === undefined ? encoded : { ...asObject(values[field]), [member]: encoded };
    } else if (member !== undefined && (asObject(body[field])[member] ?? null) === null) {
      values[field] = { ...asObject(body[field]), ...asObject(values[field]), [member]: encode(value) };
    }
  }
  return values;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
