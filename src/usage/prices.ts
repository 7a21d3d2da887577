import { PriceList } from './price-list.ts';
import data from './prices.json' with { type: 'json' };

/** The prices that this build carries. `npm run prices:update` rebuilds them from the installed data set. */
export const prices = new PriceList(data);
