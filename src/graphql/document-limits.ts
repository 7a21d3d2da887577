import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql';

/** The size of a document, counting a fragment each time it is used. */
export interface DocumentSize {
  /** The nesting of fields. An introspection field counts as one level. */
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** The names of the root fields, with repetitions. */
  readonly rootFields: readonly string[];
  /** A fragment contains itself. Depth and fields mean nothing then. */
  readonly circular: boolean;
}

interface SelectionSize {
  readonly depth: number;
  readonly fields: number;
}

/**
 * Measures a document that is parsed but not validated yet. Each fragment is measured once, however often it is used.
 */
export function measureDocument(document: DocumentNode): DocumentSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measurer = new DocumentMeasurer(fragments);
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const sizes = operations.map(({ selectionSet }) => measurer.measureSelectionSet(selectionSet));
  for (const { selectionSet } of fragments.values()) measurer.measureSelectionSet(selectionSet);
  return {
    depth: Math.max(0, ...sizes.map(({ depth }) => depth)),
    fields: sizes.reduce((sum, { fields }) => sum + fields, 0),
    ...countNodes(document),
    rootFields: measurer.circular
      ? []
      : operations.flatMap(({ selectionSet }) => collectFieldNames(selectionSet, fragments)),
    circular: measurer.circular,
  };
}

class DocumentMeasurer {
  circular = false;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #sizes = new Map<SelectionSetNode, SelectionSize>();
  readonly #ancestors = new Set<SelectionSetNode>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  measureSelectionSet(set: SelectionSetNode): SelectionSize {
    const measured = this.#sizes.get(set);
    if (measured) return measured;
    if (this.#ancestors.has(set)) {
      this.circular = true;
      return { depth: 0, fields: 0 };
    }
    this.#ancestors.add(set);
    let depth = 0;
    let fields = 0;
    for (const selection of set.selections) {
      const inner = getSelectionSet(selection, this.#fragments);
      const size = inner ? this.measureSelectionSet(inner) : { depth: 0, fields: 0 };
      const isField = selection.kind === Kind.FIELD;
      const isIntrospection = isField && selection.name.value.startsWith('__');
      depth = Math.max(depth, (isField ? 1 : 0) + (isIntrospection ? 0 : size.depth));
      fields += (isField ? 1 : 0) + size.fields;
    }
    this.#ancestors.delete(set);
    const size = { depth, fields };
    this.#sizes.set(set, size);
    return size;
  }
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function getSelectionSet(selection: SelectionSetNode['selections'][number], fragments: Fragments) {
  return selection.kind === Kind.FRAGMENT_SPREAD
    ? fragments.get(selection.name.value)?.selectionSet
    : selection.selectionSet;
}

/**
 * Collects the field names of a selection set. Fragments must not contain themselves. A fragment that is used twice is
 * visited twice.
 */
function collectFieldNames(set: SelectionSetNode, fragments: Fragments, maxCount = maxNames): string[] {
  const names: string[] = [];
  for (const selection of set.selections) {
    if (names.length >= maxCount) break;
    if (selection.kind === Kind.FIELD) names.push(selection.name.value);
    else {
      const inner = getSelectionSet(selection, fragments);
      if (inner) names.push(...collectFieldNames(inner, fragments, maxCount - names.length));
    }
  }
  return names;
}

/** A document with more root fields is rejected without a look at their names. */
const maxNames = 1000;

function countNodes(document: DocumentNode): { aliases: number; directives: number } {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field: ({ alias }) => {
      if (alias) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
  });
  return { aliases, directives };
}
