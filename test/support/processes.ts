/** The processes of this machine, by what stands on their command line (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the live processes whose command line names `text`; a zombie has none. */
export function processesNaming(text: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => commandLine(id).includes(text)).map(Number);
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
