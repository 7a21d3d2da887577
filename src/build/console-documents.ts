import { existsSync } from 'node:fs';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as documentNodes from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';

/*
 * Writes the types and the parsed form of the console's GraphQL documents: `requests.graphql` becomes `requests.generated.ts` beside it.
 * With `--check` it writes nothing, and fails where a file is not up to date.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const consoleFolder = join(root, 'src/web/console');
const schemaText = await readFile(join(root, 'src/graphql/schema.graphql'), 'utf8');
const schema = buildSchema(schemaText);
const config = {
  useTypeImports: true,
  enumsAsTypes: true,
  immutableTypes: true,
  defaultScalarType: 'unknown',
  scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown' },
};

async function generate(path: string, output: string): Promise<string> {
  const code = await codegen({
    filename: output,
    schema: parse(schemaText),
    schemaAst: schema,
    documents: [{ location: path, document: parse(await readFile(path, 'utf8')) }],
    plugins: [{ operations: {} }, { documentNodes: {} }],
    pluginMap: { operations, documentNodes },
    config,
  });
  return `// Made by \`npm run console:types\` from the document beside it.\n${code.trim()}\n`;
}

const outdated: string[] = [];
const isCheck = process.argv.includes('--check');
for await (const name of glob('**/*.graphql', { cwd: consoleFolder })) {
  const path = join(consoleFolder, name);
  const output = path.replace(/\.graphql$/, '.generated.ts');
  const code = await generate(path, output);
  const isCurrent = existsSync(output) && (await readFile(output, 'utf8')) === code;
  if (isCurrent) continue;
  if (isCheck) outdated.push(name);
  else await writeFile(output, code);
}
if (outdated.length > 0) {
  console.error(`Run \`npm run console:types\`: ${outdated.join(', ')} have changed, or the schema has.`);
  process.exit(1);
}
