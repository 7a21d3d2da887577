import { buildAssets } from './assets.ts';

/* `npm run build:assets`, and a part of `npm ci` and of `npm run deploy`. */

await buildAssets();
