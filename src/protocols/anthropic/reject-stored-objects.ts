import type { FieldPath } from '../../domain/error-issue.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import { jsonTextIncludes } from '../../lib/edit-json-object.ts';
import { isObject } from './anthropic-field-schemas.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * Throws `not_found` for a file or a container that a body names by its id, unless the tenant's own key for Claude is used: the
 * operator's account has the files and containers of all tenants. `text` is the body as it came.
 */
export function rejectStoredObjects(text: string, body: Body, { provider }: Target): void {
  if (provider.isByok) return;
  const path = findContainerId(body) ?? findFileId(text, body);
  if (path === undefined) return;
  const message = `is not supported with the operator's key for ${provider.name}: store the tenant's own key for it (setProviderKey), or leave this out`;
  throw new GatewayError('not_found', [{ path, message }]);
}

/** A container without an id is a new one. */
function findContainerId({ container }: Body): FieldPath | undefined {
  if (typeof container === 'string') return ['container'];
  return isObject(container) && isGiven(container.id) ? ['container', 'id'] : undefined;
}

function findFileId(text: string, body: Body): FieldPath | undefined {
  if (!jsonTextIncludes(text, body, '"file_id"')) return undefined;
  for (const name of ['system', 'messages']) {
    const path = findInContent(body[name], [name]);
    if (path) return path;
  }
  return undefined;
}

/**
 * Looks where Claude reads a file: in blocks, in their sources, and in the results of tools. Arguments of tools and schemas are
 * the client's own, and the output of Anthropic's tools names files that nothing reads.
 */
function findInContent(value: unknown, path: FieldPath): FieldPath | undefined {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findInContent(item, [...path, index]);
      if (found) return found;
    }
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { type, file_id: id } = value;
  if ((type === 'file' || type === 'container_upload') && isGiven(id)) return [...path, 'file_id'];
  return findInContent(value.content, [...path, 'content']) ?? findInContent(value.source, [...path, 'source']);
}

function isGiven(id: unknown): boolean {
  return id !== undefined && id !== null;
}
