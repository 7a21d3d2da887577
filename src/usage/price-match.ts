import type { MatchRule } from './price-data.ts';

/** Whether a rule holds for a model's name, which is expected in lower case. */
export function matchesModel(rule: MatchRule, model: string): boolean {
  return (
    (rule.equals?.includes(model) ||
      rule.startsWith?.some((start) => model.startsWith(start)) ||
      rule.endsWith?.some((end) => model.endsWith(end)) ||
      rule.contains?.some((part) => model.includes(part)) ||
      rule.regex?.some((source) => new RegExp(source).test(model)) ||
      rule.all?.some((parts) => parts.every((part) => matchesModel(part, model)))) ??
    false
  );
}

/**
 * The names under which a model may stand in the list, best first: in lower case, and with a date that is written
 * `-20250514` turned into `-2025-05-14`, for vendors and resellers write the same version either way.
 */
export function modelSpellings(model: string): readonly string[] {
  const name = model.trim().toLowerCase();
  const dated = name.replace(/-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g, '-$1-$2-$3');
  return dated === name ? [name] : [name, dated];
}
