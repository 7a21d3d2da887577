/** An item of the input that stands for a stored one. */
export interface ItemReference {
  readonly index: number;
  readonly id: unknown;
}

/** Finds the items of an input that refer to stored ones by their ids. Their type may be left out. */
export function findItemReferences(input: unknown): ItemReference[] {
  if (!Array.isArray(input)) return [];
  return input.flatMap((item: unknown, index) => {
    if (typeof item !== 'object' || item === null) return [];
    const { type, role, id }: { type?: unknown; role?: unknown; id?: unknown } = item;
    const isReference = type === 'item_reference' || ((type ?? null) === null && (role ?? null) === null && id != null);
    return isReference ? [{ index, id }] : [];
  });
}
