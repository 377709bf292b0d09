/** The lineage page shows every model, each arrow between boxes of its own chart. */
import { loadProject } from '../../analytics/index.js';
import { DESCRIBED_DEPARTMENTS } from '../../departments.js';
import { lineagePage } from './lineage-page.js';

const MAX_BOXES = 40;

const project = loadProject();
const page = lineagePage(
  project,
  DESCRIBED_DEPARTMENTS.map(({ department, ownMetrics }) => ({
    ...department,
    metrics: [...department.metrics, ...ownMetrics],
  })),
);
const charts = [...page.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(([, chart]) => chart!);
const boxesOf = (chart: string) =>
  [...chart.matchAll(/^ {2}(\w+)[[(]+"([^"]+)"[\])]+$/gm)].map(([, id]) => id!);

it('shows every source and every model', () => {
  const boxes = new Set(charts.flatMap(boxesOf));
  const names = [...project.sources, ...project.models].map(({ name }) => name.replace('.', '_'));
  expect(names.filter((name) => !boxes.has(name))).toEqual([]);
});

it('has a chart for each department, small enough to be read', () => {
  expect(charts.length).toBeGreaterThan(DESCRIBED_DEPARTMENTS.length);
  for (const chart of charts) expect(boxesOf(chart).length).toBeLessThanOrEqual(MAX_BOXES);
});

it('draws arrows only between boxes of the same chart', () => {
  for (const chart of charts) {
    const boxes = new Set(boxesOf(chart));
    const ends = [...chart.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].flatMap(([, a, b]) => [a!, b!]);
    expect(ends.filter((end) => !boxes.has(end))).toEqual([]);
  }
});
