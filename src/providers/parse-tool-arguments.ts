import { parseExactJson } from '../lib/exact-json.ts';
import { isDeeperThan, maxJsonDepth } from '../lib/is-deeper-than.ts';

/**
 * Parses the arguments of a tool call for protocols that have them as an object. Numbers keep their digits. No text at all
 * stands for no arguments. What is not a JSON object, mostly because it was cut off, or is nested too deeply to be written
 * again, becomes the one member that Anthropic names for it: the model has to see what it wrote. Source:
 * platform.claude.com/docs, "Fine-grained tool streaming".
 */
export function parseToolArguments(argumentsJson: string): Readonly<Record<string, unknown>> {
  if (argumentsJson.trim() === '') return {};
  return parseObject(argumentsJson) ?? { INVALID_JSON: argumentsJson };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseExactJson(text);
    return isRecord(value) && !isDeeperThan(value, maxJsonDepth) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
