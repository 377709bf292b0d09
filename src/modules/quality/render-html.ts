/** A quality report as one page that needs nothing else. Pure. */
import { text } from '../metrics/html-text.js';
import { isBelowTarget, type QualityReport } from './quality-report.js';
import type { TableQuality } from '../../analytics/index.js';

const STYLE = `
:root { color-scheme: light; }
body { font: 14px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 2rem auto;
  max-width: 64rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0; padding: 0; list-style: none; }
.cards li { border: 1px solid #d8dee4; border-radius: 6px; padding: .5rem .9rem; }
.cards b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .5rem; border-bottom: 1px solid #d8dee4; }
th.t, td.t { text-align: left; }
thead th { font-weight: 600; color: #57606a; white-space: nowrap; }
.bad { color: #b42318; font-weight: 600; } .good { color: #1a7f37; }
.note { background: #fff8c5; border-left: 4px solid #bf8700; padding: .4rem .7rem; margin: .4rem 0; }
footer { margin-top: 2rem; color: #57606a; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } tr { break-inside: avoid; } }`;

export function renderHtml(report: QualityReport): string {
  const { summary, targets } = report;
  const day = report.made_at.slice(0, 19).replace('T', ' ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Quality report, ${text(day)} UTC</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Quality report</h1>
<p>${text(day)} UTC, asked for by ${text(report.requested_by)}; ${summary.checks} checks over
${summary.tables} tables in ${report.duration_ms} ms.</p>
</header>
<main>
<ul class="cards">
${card(String(summary.failed), 'checks failed', summary.failed > 0)}
${card(String(summary.warned), 'warnings', false)}
${card(share(summary.completeness), `complete (target > ${share(targets.completeness)})`, (summary.completeness ?? 1) <= targets.completeness)}
${card(share(summary.accuracy), `accurate (target > ${share(targets.accuracy)})`, (summary.accuracy ?? 1) <= targets.accuracy)}
${card(summary.rows_set_aside.toLocaleString('en'), 'rows set aside', summary.rows_set_aside > 0)}
${card(summary.rows.toLocaleString('en'), 'rows', false)}
</ul>
${report.held.map(({ model, reason }) => `<p class="note"><b>${text(model)}</b> is held back; its last good version serves. ${text(reason)}</p>`).join('\n')}
${report.accepted.map(({ model, check, rows, reason, by, at }) => `<p class="note"><b>${text(model)}: ${text(check)}</b> fails for ${rows} and was accepted by ${text(by)} on ${text(at.slice(0, 10))}: ${text(reason)}</p>`).join('\n')}
${failures(report.tables)}
<section><h2>Tables</h2><div class="scroll"><table>
<thead><tr><th class="t" scope="col">Table</th><th scope="col">Rows</th><th scope="col">Set aside</th>
<th scope="col">Complete</th><th scope="col">Accurate</th><th scope="col">Checks passed</th></tr></thead>
<tbody>
${report.tables.map(tableRow).join('\n')}
</tbody></table></div></section>
</main>
<footer><p>Complete: 1 − empty required cells / required cells. Accurate: rows that pass every row check /
rows. Both count the rows that were set aside.</p></footer>
</body>
</html>
`;
}

function card(value: string, label: string, isBad: boolean): string {
  return `<li><b class="${isBad ? 'bad' : ''}">${text(value)}</b>${text(label)}</li>`;
}

function failures(tables: readonly TableQuality[]): string {
  const failed = tables.flatMap(({ table, owner, checks }) =>
    checks.filter(({ passed }) => !passed).map((check) => ({ table, owner, ...check })),
  );
  if (failed.length === 0)
    return '<section><h2>Failed checks</h2><p class="good">None.</p></section>';
  const rows = failed.map(
    ({ table, owner, name, description, severity, failing, total }) =>
      `<tr><td class="t">${text(table)}</td><td class="t">${text(name)}<br>${text(description)}</td>` +
      `<td class="t ${severity === 'warn' ? '' : 'bad'}">${severity}</td>` +
      `<td>${failing} of ${total}</td><td class="t">${text(owner ?? '–')}</td></tr>`,
  );
  return `<section><h2>Failed checks</h2><div class="scroll"><table>
<thead><tr><th class="t" scope="col">Table</th><th class="t" scope="col">Check</th><th class="t" scope="col">Severity</th>
<th scope="col">Failing</th><th class="t" scope="col">Owner</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
}

function tableRow(table: TableQuality): string {
  const passed = table.checks.filter((check) => check.passed).length;
  const all = table.checks.length;
  const name = isBelowTarget(table) || passed < all ? 'bad' : '';
  return (
    `<tr><td class="t ${name}">${text(table.table)}</td><td>${table.rows.toLocaleString('en')}</td>` +
    `<td>${table.set_aside}</td><td>${share(table.completeness)}</td>` +
    `<td>${share(table.accuracy)}</td><td>${passed} of ${all}</td></tr>`
  );
}

/** Cut, not rounded: what falls short of all must not look like all. */
function share(value: number | null): string {
  return value === null ? '–' : `${(Math.floor(value * 10_000) / 100).toFixed(2)} %`;
}
