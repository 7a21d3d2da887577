/** Longer lists are cut: a client shows them to a person. */
const maxModels = 300;
/** What API keys can allow, and what a header can hold. */
const modelName = /^[\x21-\x7e]{1,256}$/;
/** Names of fine-tuned models: OpenAI's and Mistral's `ft:…`, `model:ft-…`. */
const fineTunedName = /(?:^|:)ft[:-]/;
const privateOwner = /^(?:user|org|organization|project)(?:$|[-_])/i;

interface ModelListOptions {
  /** Whether models of one account are listed too. */
  readonly includesPrivate: boolean;
  /** Names that belong to one account, beside fine-tuned ones. */
  readonly privateModels?: RegExp | undefined;
}

/**
 * Decodes the reply of `GET /models`: the names of models in the vendor's order, each once, at most 300. What cannot be read is
 * skipped. Together sends the list itself, without an object around it; Gemini writes `models/` before each name.
 */
export function decodeOpenAiModelList(reply: unknown, { includesPrivate, privateModels }: ModelListOptions): string[] {
  const list = Array.isArray(reply) ? reply : getField(reply, 'data');
  const names = new Set<string>();
  for (const model of Array.isArray(list) ? list : []) {
    const id = getField(model, 'id');
    const name = typeof id === 'string' ? id.replace(/^models\//, '') : '';
    if (!modelName.test(name)) continue;
    if (!includesPrivate && (privateModels?.test(name) || isPrivate(name, model))) continue;
    names.add(name);
    if (names.size === maxModels) break;
  }
  return [...names];
}

function isPrivate(name: string, model: unknown): boolean {
  const owner = getField(model, 'owned_by');
  const type = getField(model, 'type');
  return fineTunedName.test(name) || type === 'fine-tuned' || (typeof owner === 'string' && privateOwner.test(owner));
}

function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
