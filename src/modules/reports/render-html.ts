/** The report as one page that needs nothing else and prints on paper. Pure. */
import { text } from '../metrics/html-text.js';
import { Decimal } from 'decimal.js';
import type { MetricValue, Unit } from '../../contracts/metric-contract.js';
import { percent, tell } from './explain.js';
import type { ExecutiveReport, ReportList, ReportRow, ReportSection } from './report.js';

const STYLE = `
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }
header { border-bottom: 2px solid #1b1f24; margin-bottom: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
p { margin: .3rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid #d8dee4; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
thead th { font-weight: 600; color: #57606a; }
.up::before { content: '▲ '; color: #57606a; } .down::before { content: '▼ '; color: #57606a; }
.note { background: #fff8c5; border-left: 4px solid #bf8700; padding: .4rem .7rem; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 0 2rem; }
footer { margin-top: 2rem; color: #57606a; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } section { break-inside: avoid; }
  @page { margin: 16mm; } }`;

export function renderHtml(report: ExecutiveReport): string {
  const title = `Executive report, ${report.period} of ${report.date}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${text(title)}</h1>
<p>${day(report.range.from)} up to ${day(report.range.to)}, ${text(report.timezone)}, ${text(report.currency)}.
Data as of ${text(report.quality.as_of ?? 'never')}.</p>
</header>
<main>
${report.notes.map((note) => `<p class="note">${text(note)}</p>`).join('\n')}
${explanation(report)}
${report.sections.map((section) => sectionTable(section, report)).join('\n')}
<div class="lists">
${report.lists.map((list) => lists(list, report.currency)).join('\n')}
</div>
${quality(report)}
</main>
<footer><p>Changes are against ${day(report.previous_range.from)} up to
${day(report.previous_range.to)}, and against ${day(report.year_before_range.from)} up to
${day(report.year_before_range.to)}. An end is not part of its range.</p></footer>
</body>
</html>
`;
}

function explanation({ explanation: found }: ExecutiveReport): string {
  if (!found) return '';
  return `<section><h2>What changed most</h2>
${found.sentences.map((sentence) => `<p>${text(sentence)}</p>`).join('\n')}</section>`;
}

function sectionTable(
  { title, values, note }: ReportSection,
  { currency }: ExecutiveReport,
): string {
  if (values.length === 0) {
    return `<section><h2>${text(title)}</h2><p class="note">${text(note ?? '')}</p></section>`;
  }
  const rows = values.map(
    ({
      metric,
      label,
      unit,
      value,
      previous,
      change,
      year_before: year,
      year_change: yearChange,
    }) => {
      const told = (one: MetricValue) => amount(one, unit, currency, metric);
      return (
        `<tr><td>${text(label)}</td><td>${told(value)}</td><td>${told(previous)}</td>` +
        `<td>${movement(change)}</td><td>${told(year)}</td><td>${movement(yearChange)}</td></tr>`
      );
    },
  );
  return `<section><h2>${text(title)}</h2><div class="scroll"><table>
<thead><tr><th scope="col">Metric</th><th scope="col">Value</th><th scope="col">Before</th>
<th scope="col">Change</th><th scope="col">Year before</th><th scope="col">Change</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
}

function lists({ title, unit, top, falling, note }: ReportList, currency: string): string {
  if (note) return `<section><h2>${text(title)}</h2><p class="note">${text(note)}</p></section>`;
  const name = title.toLowerCase();
  return [
    listTable(`Top ${name}`, top, unit, currency),
    listTable(`Falling ${name}`, falling, unit, currency),
  ].join('\n');
}

function listTable(
  title: string,
  rows: readonly ReportRow[],
  unit: Unit,
  currency: string,
): string {
  const lines = rows.map(
    ({ label, key, value, previous }) =>
      `<tr><td>${text(label || key)}</td><td>${amount(value, unit, currency)}</td>` +
      `<td>${amount(previous, unit, currency)}</td></tr>`,
  );
  const body = lines.length > 0 ? lines.join('\n') : '<tr><td colspan="3">None.</td></tr>';
  return `<section><h2>${text(title)}</h2><div class="scroll"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Value</th><th scope="col">Before</th></tr></thead>
<tbody>
${body}
</tbody></table></div></section>`;
}

function quality({ quality: found }: ExecutiveReport): string {
  const checks = found.failed_checks.map(
    ({ model, check, rows }) =>
      `<tr><td>${text(`${model}: ${check}`)}</td><td>${text(String(rows))}</td></tr>`,
  );
  const table =
    checks.length === 0
      ? ''
      : `<div class="scroll"><table><thead><tr><th scope="col">Check that failed</th>
<th scope="col">Rows</th></tr></thead><tbody>${checks.join('\n')}</tbody></table></div>`;
  const held = found.held.length > 0 ? ` Held back: ${found.held.join(', ')}.` : '';
  return `<section><h2>Data quality</h2>
<p>${found.quarantined_rows} rows set aside, ${found.rejected_events} events rejected.${text(held)}</p>
${table}</section>`;
}

function amount(value: MetricValue, unit: Unit, currency: string, metric = ''): string {
  return value === null ? '–' : text(tell(new Decimal(value), unit, currency, metric));
}

function movement(change: number | null): string {
  if (change === null) return '–';
  const way = change > 0 ? 'up' : change < 0 ? 'down' : 'same';
  return `<span class="${way}">${text(percent(change, true))}</span>`;
}

const day = (instant: string) => text(instant.slice(0, 10));
