/**
 * Archives a month of the ledger and kills its own process before a step, or in the middle of the file for the step `rows`:
 * `node archive-until-killed.ts URL MONTH FOLDER NOW STEP`.
 */
import { archiveLedger } from '../../src/cli/archive-ledger.ts';
import { openPostgresSession } from '../../src/dev/postgres-backend.ts';
import { auditActor } from './audit-actor.ts';

const [url = '', name = '', folder = '', now = '', step = ''] = process.argv.slice(2);
const kill = () => process.kill(process.pid, 'SIGKILL');
await archiveLedger({
  ...{ session: await openPostgresSession(url), name, folder, actor: auditActor, now: new Date(now), drop: true },
  onStep: (next) => next === step && kill(),
  onRows: (rows) => step === 'rows' && rows >= 2_000 && kill(),
});
