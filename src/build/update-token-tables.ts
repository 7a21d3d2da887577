import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildTokenTables } from './build-token-tables.ts';

const text = `${JSON.stringify(buildTokenTables(), null, 2)}\n`;
writeFileSync(join(import.meta.dirname, '../usage/token-tables.json'), text);
console.log(`${(text.length / 1024).toFixed(1)} KiB, ${(gzipSync(text).length / 1024).toFixed(1)} KiB gzip.`);
