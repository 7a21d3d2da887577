/**
 * `npm run schema:print`: writes the GraphQL schema to src/graphql/schema.graphql. With `--check` it writes nothing, and
 * fails where that file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';

// The schema is the Worker's, whose globals are not Node's: so are its types.
const { schema }: { schema: GraphQLSchema } = await import(new URL('../graphql/schema.ts', import.meta.url).href);

const path = fileURLToPath(new URL('../graphql/schema.graphql', import.meta.url));
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, printed);
else if (readFileSync(path, 'utf8') !== printed) {
  console.error('src/graphql/schema.graphql is not the schema: run npm run schema:print and commit it.');
  process.exit(1);
}
