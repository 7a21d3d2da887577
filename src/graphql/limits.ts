import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  getOperationAST,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphQlContext } from './context.ts';
import { measureDocument } from './document-limits.ts';

/** Whatever asks for more is refused before a resolver runs. GraphiQL's question for the schema fits in. */
const limits = {
  tokens: 2_000,
  depth: 10,
  fields: 500,
  rootFields: 20,
  aliases: 30,
  directives: 30,
  /** Roughly the number of values in the answer; what writes or adds up costs more (the fields say how much). */
  cost: 20_000,
  /** Objects, lists and values in the variables. */
  variableValues: 200_000,
  validationErrors: 10,
} as const;

interface LimitOptions {
  /** Whether the schema can be asked for, and errors may suggest names out of it. */
  readonly introspection: boolean;
}

/** Holds each document to the limits: its text, then its shape, then the rules of GraphQL, then its cost. */
export function limitDocuments({ introspection }: LimitOptions): Plugin<{ principal: GraphQlContext['principal'] }> {
  const hideSuggestions = !introspection;
  return {
    onParams({ params }) {
      if (countValues(params.variables, limits.variableValues) > limits.variableValues) {
        throw refusal(`The variables hold more than ${limits.variableValues} values.`);
      }
    },
    onParse({ setParseFn, context }) {
      setParseFn((source, options) => parse(source, { ...options, maxTokens: limits.tokens }));
      return ({ result }) => {
        if (!isDocument(result)) return;
        const { rootFields } = checkSize(result);
        if (!context.principal.tenantActive) checkSuspended(rootFields);
      };
    },
    onValidate({ addValidationRule, setValidationFn }) {
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
      setValidationFn((schema, document, rules, options) =>
        validate(schema, document, rules, { ...options, hideSuggestions, maxErrors: limits.validationErrors }),
      );
    },
    onExecute: ({ args }) => checkCost(Object.assign(args, { hideSuggestions })),
    onSubscribe: ({ args }) => checkCost(Object.assign(args, { hideSuggestions })),
  };
}

function checkSize(document: DocumentNode) {
  const size = measureDocument(document);
  if (size.circular) throw refusal('The document has a fragment that leads to itself.');
  for (const name of ['depth', 'fields', 'aliases', 'directives'] as const) {
    if (size[name] > limits[name]) throw refusal(`The document has more than ${limits[name]} ${names[name]}.`);
  }
  if (size.rootFields.length > limits.rootFields) {
    throw refusal(`The document has more than ${limits.rootFields} fields at its top.`);
  }
  return size;
}

const names = {
  depth: 'levels of fields',
  fields: 'fields, counting each fragment wherever it is used',
  aliases: 'aliases',
  directives: 'directives',
} as const;

function checkSuspended(rootFields: readonly string[]): void {
  if (rootFields.every((name) => name === 'me' || name === '__typename')) return;
  throw new GraphQLError('The tenant of this API key is suspended: it can only ask for me.', {
    extensions: { code: 'forbidden', http: { status: 403 } },
  });
}

function checkCost({ document, operationName, schema, variableValues }: ExecutionArgs): void {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const asked: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
  const cost = costOf(asked, schema, variableValues ?? {});
  if (cost <= limits.cost) return;
  throw refusal(`The document costs ${cost}, and at most ${limits.cost} are allowed: ask for fewer items or fields.`);
}

/** Nothing for variables that are wrong: what executes the document says so, and does not run it. */
function costOf(document: DocumentNode, schema: ExecutionArgs['schema'], variables: Record<string, unknown>): number {
  try {
    return complexityFromQuery(document, { schema, variables }).complexity;
  } catch (error) {
    if (error instanceof GraphQLError) return 0;
    throw error;
  }
}

/** Counts no further than to one more than `enough`. */
function countValues(value: unknown, enough: number): number {
  const open = [value];
  let count = 0;
  while (open.length > 0 && count <= enough) {
    const next = open.pop();
    count += 1;
    if (typeof next !== 'object' || next === null) continue;
    const inner = Object.values(next);
    if (inner.length > enough) return inner.length;
    for (const one of inner) open.push(one);
  }
  return count;
}

function isDocument(result: unknown): result is DocumentNode {
  return typeof result === 'object' && result !== null && 'definitions' in result;
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'invalid_request', http: { status: 400 } } });
}
