import type { FieldPath } from '../../domain/error-issue.ts';
import { mapErrorIssues } from '../../domain/errors.ts';
import type { GeminiRequest } from './parse-gemini-request.ts';

const config = 'generationConfig';

/** The fields that Gemini's clients know by another name than providers do. */
const fieldPaths: ReadonlyMap<FieldPath[number] | undefined, FieldPath> = new Map([
  ['tool_choice', ['toolConfig', 'functionCallingConfig']],
  ['reasoning_effort', [config, 'thinkingConfig']],
  ['max_tokens', [config, 'maxOutputTokens']],
  ['stop', [config, 'stopSequences']],
  ['temperature', [config, 'temperature']],
  ['top_p', [config, 'topP']],
  ['top_k', [config, 'topK']],
  ['seed', [config, 'seed']],
  ['frequency_penalty', [config, 'frequencyPenalty']],
  ['presence_penalty', [config, 'presencePenalty']],
]);

/** Maps a field of the gateway's own request to the field of a Gemini request. `paths` is undefined until that is parsed. */
export function mapGeminiPath(path: FieldPath, paths: GeminiRequest['paths'] | undefined): FieldPath {
  const [field, index] = path;
  const lists: Readonly<Record<string, readonly FieldPath[] | undefined>> = {
    messages: paths?.messages,
    tools: paths?.tools,
  };
  if (typeof field === 'string' && typeof index === 'number') return lists[field]?.[index] ?? path;
  if (field === 'response_format' && paths) return paths.responseFormat;
  return fieldPaths.get(field) ?? path;
}

/** Returns the error of a provider with the fields that Gemini's clients know. Errors that name no field stay as they are. */
export function mapGeminiErrorPath(thrown: unknown, paths: GeminiRequest['paths']): unknown {
  return mapErrorIssues(thrown, ({ path, message }) => ({ path: mapGeminiPath(path, paths), message }));
}
