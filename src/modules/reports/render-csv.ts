/** The report as one table: a line for each number, grouped by section. */
import type { AnswerMeta } from '../../contracts/metric-contract.js';
import { toCsv } from '../metrics/csv.js';
import type { ExecutiveReport } from './report.js';

interface Line {
  section: string;
  key: string;
  label: string;
  metric: string;
  unit: string;
  value: unknown;
  previous: unknown;
  change: unknown;
  year_before: unknown;
  year_change: unknown;
}

export function renderCsv(report: ExecutiveReport): string {
  const values = report.sections.flatMap(({ department, values: ofSection }) =>
    ofSection.map(({ metric, label, unit, value, previous, change, year_before, year_change }) =>
      line(department, metric, label, metric, unit, {
        ...{ value, previous, change, year_before, year_change },
      }),
    ),
  );
  const lists = report.lists.flatMap(({ id, metric, unit, top, falling }) => [
    ...top.map(({ key, label, value, previous }) =>
      line(`top_${id}`, key, label, metric, unit, { value, previous }),
    ),
    ...falling.map(({ key, label, value, previous }) =>
      line(`falling_${id}`, key, label, metric, unit, { value, previous }),
    ),
  ]);
  const sentences = [...(report.explanation?.sentences ?? []), ...report.notes].map((text) =>
    line('notes', '', text, '', '', {}),
  );
  const meta = { definitionVersion: {} } as AnswerMeta;
  return toCsv({ data: { rows: [...values, ...lists, ...sentences] }, meta });
}

type Numbers = Partial<Pick<Line, 'value' | 'previous' | 'change' | 'year_before' | 'year_change'>>;

function line(
  section: string,
  key: string,
  label: string,
  metric: string,
  unit: string,
  { value, previous, change, year_before, year_change }: Numbers,
): Line {
  return { section, key, label, metric, unit, value, previous, change, year_before, year_change };
}
