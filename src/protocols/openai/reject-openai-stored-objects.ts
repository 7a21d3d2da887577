import type { FieldPath } from '../../domain/error-issue.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { Target } from '../../gateway/gateway-request.ts';
import { jsonTextIncludes } from '../../lib/edit-json-object.ts';
import type { PassedBody } from './continue-stored-response.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The tools whose fields are JSON of the client's own. */
const clientTools: readonly unknown[] = ['function', 'custom', 'namespace'];

/** A client's own headers for an MCP server. */
const clientToolField = 'headers';

/** Fields by which a hosted tool names objects. `container` is the id of one, or describes a new one. */
const toolIdFields: readonly string[] = [
  'container',
  'container_id',
  'file_id',
  'file_ids',
  'vector_store_id',
  'vector_store_ids',
];

/** A hosted tool describes the files and the skills of a new container. It is not nested any deeper. */
const maxToolDepth = 6;

/**
 * Throws `not_found` for a file, a vector store, a container, a skill or a prompt template that a Responses request names by its id,
 * unless the tenant's own key is used: the operator's account has those of all tenants.
 */
export function rejectStoredObjectsOfResponses({ text, body }: PassedBody, { provider }: Target): void {
  if (provider.isByok) return;
  const path =
    (isGiven(body.prompt) ? ['prompt'] : undefined) ??
    findFirst(body.tools, ['tools'], findInTool) ??
    (mayNameContent(text, body) ? findFirst(body.input, ['input'], findInItem) : undefined);
  if (path) throw storedObjectError(path, provider.name);
}

/** Throws `not_found` for a file that a chat request names by its id, as `rejectStoredObjectsOfResponses` does. */
export function rejectStoredFilesOfChat({ text, body }: PassedBody, { provider }: Target): void {
  if (provider.isByok || !jsonTextIncludes(text, body, '"file_id"')) return;
  const path = findFirst(body.messages, ['messages'], (message, messagePath) =>
    findFirst(message.content, [...messagePath, 'content'], (part, partPath) => {
      const filePath = isObject(part.file) && isGiven(part.file.file_id) ? [...partPath, 'file', 'file_id'] : undefined;
      return filePath ?? findFileId(part, partPath);
    }),
  );
  if (path) throw storedObjectError(path, provider.name);
}

function storedObjectError(path: FieldPath, provider: string): GatewayError {
  const fix = "store the tenant's own key for it (setProviderKey), or send the content itself";
  const message = `is not found, for this tenant has no objects in the operator's account at ${provider}: ${fix}`;
  return new GatewayError('not_found', [{ path, message }]);
}

function mayNameContent(text: string, body: Fields): boolean {
  return ['"file_id"', '"container_id"'].some((word) => jsonTextIncludes(text, body, word));
}

/** Finds an id in a hosted tool. */
function findInTool(tool: Fields, path: FieldPath, depth = 0): FieldPath | undefined {
  if (clientTools.includes(tool.type) || depth > maxToolDepth) return undefined;
  for (const [name, value] of Object.entries(tool)) {
    if (name === clientToolField) continue;
    if (isStoredId(name, value)) return [...path, name];
    const findDeeper = (child: Fields, at: FieldPath) => findInTool(child, at, depth + 1);
    const found = isObject(value) ? findDeeper(value, [...path, name]) : findFirst(value, [...path, name], findDeeper);
    if (found) return found;
  }
  return undefined;
}

function isStoredId(name: string, value: unknown): boolean {
  // The provider's own skills have other names.
  if (name === 'skill_id') return typeof value === 'string' && value.startsWith('skill_');
  if (!toolIdFields.includes(name)) return false;
  return typeof value === 'string' || (Array.isArray(value) && value.length > 0);
}

/**
 * Finds an id in an item of the input: in its content, in the output of a tool, and the container that a tool call ran in. Sources that
 * an earlier reply has quoted are not read again.
 */
function findInItem(item: Fields, path: FieldPath): FieldPath | undefined {
  if (isGiven(item.container_id)) return [...path, 'container_id'];
  const { environment, output } = item;
  if (isObject(environment) && isGiven(environment.container_id)) return [...path, 'environment', 'container_id'];
  return (
    findFileId(item, path) ??
    findFirst(item.content, [...path, 'content'], findFileId) ??
    (isObject(output) ? findFileId(output, [...path, 'output']) : findFirst(output, [...path, 'output'], findFileId))
  );
}

function findFileId(part: Fields, path: FieldPath): FieldPath | undefined {
  return isGiven(part.file_id) ? [...path, 'file_id'] : undefined;
}

/** Finds the first path among the objects of a list; undefined for what is no list. */
function findFirst(
  list: unknown,
  path: FieldPath,
  find: (item: Fields, path: FieldPath) => FieldPath | undefined,
): FieldPath | undefined {
  if (!Array.isArray(list)) return undefined;
  for (const [index, item] of list.entries()) {
    const found = isObject(item) ? find(item, [...path, index]) : undefined;
    if (found) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
