import { sql } from 'drizzle-orm';
import type { Database } from '../client.ts';
import { apiKeys } from '../schema/api-keys.ts';
import { budgetAlerts } from '../schema/budget-alerts.ts';
import { tenants } from '../schema/tenants.ts';
import { usageRollups } from '../schema/usage-rollups.ts';
import { webhookDeliveries } from '../schema/webhooks.ts';

/** Ledger rows arrive a little after the end of their day or month: for this long the last period is checked too. */
const gracePeriod = sql.raw("interval '15 minutes'");

/**
 * Records each threshold (50, 80, 100 %) that the budget of a key or a tenant has passed in the day or the month, UTC, and
 * inserts a delivery if its tenant has a webhook, in one statement: of several concurrent runs one reports a threshold. The
 * deliveries count as enqueued: the caller has to mark those that the queue does not take. Returns their ids.
 *
 * A request that might exceed a budget is refused, so that few budgets are spent to the last nano-dollar. A budget counts as
 * used up, with all its thresholds passed, if the rest is less than the cost of an average request. Failed requests cost
 * little or nothing and are not part of the average.
 */
export async function insertBudgetAlerts(database: Database, now: Date): Promise<string[]> {
  const { rows } = await database.execute<{ id: string }>(sql`
    WITH moments AS (
      SELECT ${now.toISOString()}::timestamptz AS at UNION SELECT ${now.toISOString()}::timestamptz - ${gracePeriod}
    ), periods AS (
      SELECT DISTINCT unit, date_trunc(unit, at, 'UTC') AS since FROM moments, (VALUES ('day'), ('month')) AS units (unit)
    ), scopes AS (
      SELECT id AS tenant_id, 'tenant' AS scope, id AS scope_id, daily_budget_nano_usd AS daily, monthly_budget_nano_usd AS monthly
      FROM ${tenants} WHERE daily_budget_nano_usd > 0 OR monthly_budget_nano_usd > 0
      UNION ALL
      SELECT tenant_id, 'key', id, daily_budget_nano_usd, monthly_budget_nano_usd
      FROM ${apiKeys} WHERE daily_budget_nano_usd > 0 OR monthly_budget_nano_usd > 0
    ), budgets AS (
      SELECT tenant_id, scope, scope_id, since, ('1 ' || unit)::interval AS length,
        to_char(since AT TIME ZONE 'UTC', CASE unit WHEN 'day' THEN 'YYYY-MM-DD' ELSE 'YYYY-MM' END) AS period,
        (CASE unit WHEN 'day' THEN daily ELSE monthly END)::numeric AS budget
      FROM scopes, periods
    ), passed AS (
      SELECT budgets.*, spent, percent
      FROM budgets, LATERAL (
        SELECT sum(cost_nano_usd) AS spent, sum(greatest(requests - errors - unpriced_requests, 1)) AS calls
        FROM ${usageRollups} AS rollup
        WHERE rollup.tenant_id = budgets.tenant_id AND (scope = 'tenant' OR rollup.key_id = scope_id) AND cost_nano_usd > 0
          AND hour >= since AND hour < (since AT TIME ZONE 'UTC' + length) AT TIME ZONE 'UTC'
      ) AS bill, (VALUES (50), (80), (100)) AS thresholds (percent)
      WHERE budget > 0 AND (spent * 100 >= budget * percent OR spent + spent / calls > budget)
    ), alerts AS (
      INSERT INTO ${budgetAlerts} (tenant_id, scope_id, period, percent)
      SELECT tenant_id, scope_id, period, percent FROM passed ORDER BY scope_id, period, percent
      ON CONFLICT DO NOTHING RETURNING scope_id, period, percent
    ), deliveries AS MATERIALIZED (
      SELECT 'whd_' || replace(gen_random_uuid()::text, '-', '') AS id, passed.*, webhook_url
      FROM alerts JOIN passed USING (scope_id, period, percent) JOIN ${tenants} AS tenant ON tenant.id = passed.tenant_id
      WHERE webhook_url IS NOT NULL
    )
    INSERT INTO ${webhookDeliveries} (id, tenant_id, event, url, enqueued_at, payload)
    SELECT id, tenant_id, 'budget.reached', webhook_url, now(), json_build_object(
      'type', 'budget.reached', 'timestamp', ${now.toISOString()}::text, 'id', id,
      'data', json_build_object(
        'scope', scope, 'scopeId', scope_id, 'period', period, 'percent', percent,
        'budget', trim_scale(budget * 0.000000001), 'spent', trim_scale(spent * 0.000000001)
      )
    )::text FROM deliveries RETURNING id`);
  return rows.map(({ id }) => id);
}

/** Deletes the deliveries of budgets after `retentionDays`, and their alerts 40 days later: later than the end of a month. */
export async function purgeBudgetAlerts(database: Database, retentionDays: number): Promise<void> {
  await database.execute(sql`
    WITH deliveries AS (
      DELETE FROM ${webhookDeliveries} WHERE job_id IS NULL AND finished_at < now() - ${retentionDays} * interval '1 day'
    )
    DELETE FROM ${budgetAlerts} WHERE created_at < now() - interval '40 days' - ${retentionDays} * interval '1 day'`);
}
