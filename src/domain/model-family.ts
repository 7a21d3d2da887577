/** What tells the versions of a model apart: `-20251001`, `-2025-08-07`, `-preview-11-2025`, `-0905`, `-latest`. */
const versions = /[-@:](?:latest|preview|exp|\d{8}|\d{6}|\d{4}-\d\d-\d\d|\d\d-\d{4}|\d\d-\d\d|\d{3,4})(?=[-@:]|$)/g;

/**
 * Returns the name of a model without its version and what stands before a slash, in lower case: `claude-haiku-4-5` for
 * `claude-haiku-4-5-20251001`, `gemini-3-pro` for `google/gemini-3-pro-preview`. A vendor takes its own reasoning back for
 * models of the same family.
 */
export function getModelFamily(model: string): string {
  const name = model.toLowerCase();
  return name
    .slice(name.lastIndexOf('/') + 1)
    .replace(versions, '')
    .replace(/^(claude-[a-z]+-\d)-0$/, '$1');
}
