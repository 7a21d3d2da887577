import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

/** One line of a chart. */
export interface Series {
  readonly label: string;
  /** The value at each time; null where it is not known. */
  readonly values: readonly (number | null)[];
  /** The name of a CSS variable with its colour. */
  readonly colour?: string;
}

interface LineChartProps {
  /** Says what the chart shows; its figures are in a table for screen readers. */
  readonly title: string;
  /** Milliseconds since the epoch, in ascending order. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number | null | undefined) => string;
}

const height = 180;
const colours = ['--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5', '--chart-6'];

/** A chart of values over time, as wide as its place. */
export function LineChart({ title, times, series, format }: LineChartProps) {
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = container.current;
    if (!element) return undefined;
    let chart = createChart(element, { times, series, format });
    const redraw = () => {
      chart.destroy();
      chart = createChart(element, { times, series, format });
    };
    const resize = () => chart.setSize({ width: element.clientWidth, height });
    addEventListener('resize', resize);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      removeEventListener('resize', resize);
      scheme.removeEventListener('change', redraw);
      chart.destroy();
    };
  }, [times, series, format]);
  return (
    <figure className="chart panel">
      <figcaption>{title}</figcaption>
      <div ref={container} className="plot" aria-hidden="true" />
      <div className="visually-hidden">
        <ChartTable title={title} times={times} series={series} format={format} />
      </div>
    </figure>
  );
}

function ChartTable({ title, times, series, format }: LineChartProps) {
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.map((time, index) => (
          <tr key={time}>
            <th scope="row">{new Date(time).toISOString()}</th>
            {series.map(({ label, values }) => (
              <td key={label}>{format(values[index])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Returns the colour of a CSS variable as a canvas takes it, which knows no `light-dark()`. */
function resolveColour(element: HTMLElement, variable: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function createChart(element: HTMLElement, { times, series, format }: Omit<LineChartProps, 'title'>): uPlot {
  const colourOf = (name: string) => resolveColour(element, name);
  const axis = {
    stroke: colourOf('--text-muted'),
    grid: { stroke: colourOf('--border'), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height,
      legend: { live: true },
      axes: [axis, { ...axis, size: 64, values: (_, values) => values.map(format) }],
      scales: { y: { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.1 : 1] } },
      series: [
        {},
        ...series.map(({ label, colour }, index) => ({
          label,
          stroke: colourOf(colour ?? colours[index % colours.length] ?? '--chart-1'),
          width: 2,
          points: { show: false },
          value: (_: uPlot, value: number | null) => format(value),
        })),
      ],
    },
    [times.map((time) => time / 1_000), ...series.map(({ values }) => [...values])],
    element,
  );
}
