import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql';

/** How large a document is, with its fragments at each place where they are used. */
export interface DocumentSize {
  /** Fields below each other. What asks about the schema itself counts as one. */
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** The names of the fields at the top, each as often as it stands there. */
  readonly rootFields: readonly string[];
  /** A fragment that leads to itself: then depth and fields say nothing. */
  readonly circular: boolean;
}

interface SelectionSize {
  readonly depth: number;
  readonly fields: number;
}

/** Measures a document that was parsed and not yet validated. Each fragment is looked at once, however often it is used. */
export function measureDocument(document: DocumentNode): DocumentSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measure = new Measure(fragments);
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const sizes = operations.map(({ selectionSet }) => measure.selections(selectionSet));
  for (const { selectionSet } of fragments.values()) measure.selections(selectionSet);
  return {
    depth: Math.max(0, ...sizes.map(({ depth }) => depth)),
    fields: sizes.reduce((sum, { fields }) => sum + fields, 0),
    ...countNodes(document),
    rootFields: measure.circular ? [] : operations.flatMap(({ selectionSet }) => namesIn(selectionSet, fragments)),
    circular: measure.circular,
  };
}

class Measure {
  circular = false;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #known = new Map<SelectionSetNode, SelectionSize>();
  readonly #open = new Set<SelectionSetNode>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  selections(set: SelectionSetNode): SelectionSize {
    const known = this.#known.get(set);
    if (known) return known;
    if (this.#open.has(set)) {
      this.circular = true;
      return { depth: 0, fields: 0 };
    }
    this.#open.add(set);
    let depth = 0;
    let fields = 0;
    for (const selection of set.selections) {
      const inner = innerSet(selection, this.#fragments);
      const size = inner ? this.selections(inner) : { depth: 0, fields: 0 };
      const isField = selection.kind === Kind.FIELD;
      const aboutSchema = isField && selection.name.value.startsWith('__');
      depth = Math.max(depth, (isField ? 1 : 0) + (aboutSchema ? 0 : size.depth));
      fields += (isField ? 1 : 0) + size.fields;
    }
    this.#open.delete(set);
    const size = { depth, fields };
    this.#known.set(set, size);
    return size;
  }
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function innerSet(selection: SelectionSetNode['selections'][number], fragments: Fragments) {
  return selection.kind === Kind.FRAGMENT_SPREAD
    ? fragments.get(selection.name.value)?.selectionSet
    : selection.selectionSet;
}

/** Only for fragments that do not lead to themselves. A fragment that is used twice is looked at twice. */
function namesIn(set: SelectionSetNode, fragments: Fragments, room = maxNames): string[] {
  const names: string[] = [];
  for (const selection of set.selections) {
    if (names.length >= room) break;
    if (selection.kind === Kind.FIELD) names.push(selection.name.value);
    else {
      const inner = innerSet(selection, fragments);
      if (inner) names.push(...namesIn(inner, fragments, room - names.length));
    }
  }
  return names;
}

/** More are refused whatever they are called. */
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
