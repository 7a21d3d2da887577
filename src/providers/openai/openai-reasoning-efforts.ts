import type { ReasoningEffort } from '../../domain/reasoning-effort.ts';

/** The first pattern that matches a model's name decides. Source: the model pages of platform.openai.com/docs, November 2026. */
const effortsByModel: readonly (readonly [RegExp, readonly ReasoningEffort[]])[] = [
  [/^(gpt-[34]|chatgpt-|o1-mini|o1-preview|gpt-5(\.\d+)?-chat)/, []],
  [/^o\d/, ['low', 'medium', 'high']],
  [/^gpt-5-pro/, ['high']],
  [/^gpt-5-codex/, ['low', 'medium', 'high']],
  [/^gpt-5(-|$)/, ['minimal', 'low', 'medium', 'high']],
  [/^gpt-5\.1-codex-max/, ['none', 'low', 'medium', 'high', 'xhigh']],
  [/^gpt-5\.1(-|$)/, ['none', 'low', 'medium', 'high']],
  [/^gpt-5\.[2-9](-|$)/, ['none', 'low', 'medium', 'high', 'xhigh']],
];

/** Returns the efforts of a model of OpenAI's; empty for one that cannot reason, undefined for one that is not known. */
export function getOpenAiReasoningEfforts(model: string): readonly ReasoningEffort[] | undefined {
  const name = model.replace(/^ft:/, '');
  return effortsByModel.find(([pattern]) => pattern.test(name))?.[1];
}
