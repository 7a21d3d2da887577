import { jsonTextIncludes, setJsonProperties } from '../../lib/edit-json-object.ts';
import { findJsonSpans, type JsonSpan } from '../../lib/find-json-spans.ts';

type Body = Readonly<Record<string, unknown>>;

/** With those of the system prompt and the tools they are four, the most that the API takes. */
const maxMarkedTurns = 2;
/** The blocks of a user's turn that can end a cached prefix. */
const cacheableTypes = new Set<unknown>(['text', 'image', 'document', 'tool_result', 'search_result']);
const cacheControl = '{"type":"ephemeral"}';

/**
 * Marks the prefixes of a Messages request that the next request of the conversation begins with: up to the last tool, to the end of
 * the system prompt, and to the ends of the last two user turns, of which the API finds the earlier one in its cache and writes the
 * later one. Every other byte stays as it is, and so does a body in which the client has marked any. `body` is the parsed text.
 */
export function markCachePrefixes(text: string, body: Body): string {
  if (jsonTextIncludes(text, body, '"cache_control"')) return text;
  const spans = [...findLastTool(text, body.tools), ...findSystemEnd(text, body.system), ...findTurnEnds(text, body)];
  let marked = text;
  // From the last to the first, so that the offsets of those before stay true.
  for (const { start, end } of spans.sort((left, right) => right.start - left.start)) {
    marked = marked.slice(0, start) + markBlock(text.slice(start, end)) + marked.slice(end);
  }
  return marked;
}

/** A text without blocks becomes one. */
function markBlock(json: string): string {
  if (json.startsWith('"')) return `[{"type":"text","text":${json},"cache_control":${cacheControl}}]`;
  return setJsonProperties(json, { cache_control: cacheControl });
}

/** A tool whose definition is loaded later is not in the prefix. */
function findLastTool(text: string, tools: unknown): readonly JsonSpan[] {
  if (!Array.isArray(tools)) return [];
  const index = tools.findLastIndex((tool: unknown) => isObject(tool) && tool.defer_loading !== true);
  return findJsonSpans(text, ['tools', '*']).filter(({ path }) => path[1] === index);
}

function findSystemEnd(text: string, system: unknown): readonly JsonSpan[] {
  return findJsonSpans(text, ['system']).flatMap((span) => findContentEnd(text, span, system) ?? []);
}

function findTurnEnds(text: string, { messages }: Body): readonly JsonSpan[] {
  if (!Array.isArray(messages)) return [];
  const found: JsonSpan[] = [];
  for (const span of findJsonSpans(text, ['messages', '*', 'content']).reverse()) {
    const message: unknown = messages[Number(span.path[1])];
    if (!isObject(message) || message.role !== 'user') continue;
    found.push(...(findContentEnd(text, span, message.content) ?? []));
    if (found.length === maxMarkedTurns) break;
  }
  return found;
}

/** Finds the last block of a content that can be marked, or the content itself where it is text. */
function findContentEnd(text: string, span: JsonSpan, content: unknown): readonly JsonSpan[] | undefined {
  if (typeof content === 'string') return content.trim() === '' ? undefined : [span];
  if (!Array.isArray(content)) return undefined;
  const index = content.findLastIndex(isCacheable);
  const block = index < 0 ? undefined : findJsonSpans(text.slice(span.start, span.end), ['*'])[index];
  return block && [{ ...block, start: span.start + block.start, end: span.start + block.end }];
}

function isCacheable(block: unknown): boolean {
  if (!isObject(block) || !cacheableTypes.has(block.type)) return false;
  return block.type !== 'text' || (typeof block.text === 'string' && block.text.trim() !== '');
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null;
}
