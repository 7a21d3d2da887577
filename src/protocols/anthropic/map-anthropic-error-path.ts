import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import { mapErrorIssues } from '../../domain/errors.ts';
import { systemContent } from './anthropic-content-schemas.ts';
import { isObject } from './anthropic-field-schemas.ts';
import { listOf } from './anthropic-list-schemas.ts';
import { getMessagePaths, messageSchema } from './parse-anthropic-messages.ts';

type Body = Readonly<Record<string, unknown>>;

/** The fields that Anthropic's clients know by another name than providers do. */
const fieldPaths: ReadonlyMap<FieldPath[number] | undefined, FieldPath> = new Map([
  ['parallel_tool_calls', ['tool_choice', 'disable_parallel_tool_use']],
  ['response_format', ['output_config', 'format']],
  ['stop', ['stop_sequences']],
]);

/**
 * Maps what a provider cannot express to the fields of a Messages request. Its system prompt and each of its tool results
 * are messages to a provider, so the indexes differ. Returns errors that name no field as they are.
 */
export function mapAnthropicErrorPath(thrown: unknown, body: Body): unknown {
  const mapPath = createPathMapper(body);
  return mapErrorIssues(thrown, ({ path, message }) => ({ path: mapPath(path), message }));
}

/** Returns the function that maps a field of the gateway's own request to the field of a Messages request. */
export function createPathMapper(body: Body): (path: FieldPath) => FieldPath {
  let messagePaths: FieldPath[] | undefined;
  return (path) => {
    const [field, index, ...inner] = path;
    if (field === 'messages' && typeof index === 'number') {
      messagePaths ??= readMessagePaths(body);
      return [...(messagePaths[index] ?? [field, index]), ...inner];
    }
    if (field === 'reasoning_effort') return getEffortPath(body);
    if (field === 'response_format' && isObject(body.output_format) && !hasFormat(body.output_config)) {
      return ['output_format', ...path.slice(1)];
    }
    const renamed = fieldPaths.get(field);
    return renamed ? [...renamed, ...path.slice(1)] : path;
  };
}

function hasFormat(config: unknown): boolean {
  return isObject(config) && isObject(config.format);
}

function getEffortPath({ output_config: config }: Body): FieldPath {
  return isObject(config) && config.effort != null ? ['output_config', 'effort'] : ['thinking'];
}

const conversationSchema = z.object({
  system: systemContent.nullish(),
  messages: listOf(messageSchema, 'must be a list of messages'),
});

/** Parses the conversation again, because only an error needs the paths. */
function readMessagePaths(body: Body): FieldPath[] {
  const { data } = conversationSchema.safeParse(body);
  return data ? getMessagePaths(data.system ?? [], data.messages) : [];
}
