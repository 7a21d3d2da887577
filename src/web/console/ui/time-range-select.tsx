import { timeRanges } from './time-range.ts';

interface TimeRangeSelectProps {
  /** The id of a time range. */
  readonly value: string;
  readonly onChange: (id: string) => void;
}

export function TimeRangeSelect({ value, onChange }: TimeRangeSelectProps) {
  return (
    <select aria-label="Time range" value={value} onChange={(event) => onChange(event.target.value)}>
      {timeRanges.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}
