/** Prints where a CPU profile's time went: `node test/benchmark/profile.mjs FILE.cpuprofile`. */
import { readFileSync } from 'node:fs';

const SHOWN = 40;
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const byId = new Map(nodes.map((node) => [node.id, node]));
const self = new Map();
let total = 0;
samples.forEach((id, index) => {
  const { functionName, url } = byId.get(id).callFrame;
  const place = url.replace(/^.*\/(node_modules|dist\/src)\//, '').replace(/^file:.*\//, '');
  const name = `${functionName || '(anonymous)'} ${place}`;
  if (name.startsWith('(idle)')) return;
  self.set(name, (self.get(name) ?? 0) + timeDeltas[index]);
  total += timeDeltas[index];
});
const rows = [...self].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
for (const [name, us] of rows) {
  process.stdout.write(`${((us / total) * 100).toFixed(1).padStart(5)} %  ${name}\n`);
}
