import { describeLimit, limitTitles } from './describe-limit.ts';
import { type LimitName, type LimitValues, limitNames } from './limit-draft.ts';

interface LimitMeterProps {
  readonly name: LimitName;
  readonly limit: number | null;
  readonly remaining: number | null | undefined;
}

/** How much of one limit is used: as a bar, and as text. */
export function LimitMeter({ name, limit, remaining = null }: LimitMeterProps) {
  if (limit === null) return <span className="muted">no limit</span>;
  const { share, text } = describeLimit(name, limit, remaining);
  return (
    <span className="limit-use">
      {share !== null && (
        <meter aria-label={limitTitles[name]} min={0} max={1} low={0.8} high={0.95} optimum={0} value={share} />
      )}
      <span>{text}</span>
    </span>
  );
}

interface LimitMetersProps {
  readonly title: string;
  readonly limits: LimitValues & { readonly remaining: LimitValues | null };
}

/** The limits of a tenant or a key, with what is left of them. */
export function LimitMeters({ title, limits }: LimitMetersProps) {
  return (
    <section className="stack">
      <h2>{title}</h2>
      <dl className="properties panel">
        {limitNames.map((name) => (
          <div key={name}>
            <dt>{limitTitles[name]}</dt>
            <dd>
              <LimitMeter name={name} limit={limits[name]} remaining={limits.remaining?.[name]} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
