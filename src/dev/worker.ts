import product from '../index.ts';
import { withJournal } from './journal/with-journal.ts';

export { Journal } from './journal/journal.ts';
export default withJournal(product);
