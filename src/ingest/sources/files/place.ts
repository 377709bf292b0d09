/**
 * Places in a file, and the one error of this folder. An error names the place and what to do,
 * never what stands there: rows may hold personal data, and errors are logged.
 */
import { CodedError } from '../../../contracts/errors.js';

/** Line and column, both from 1; a line ends at its line feed, columns count UTF-16 units. */
export class Position {
  constructor(
    readonly line = 1,
    readonly column = 1,
  ) {}

  after(text: string): Position {
    let line = this.line;
    let lastBreak = -1;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      line += 1;
      lastBreak = at;
    }
    const column = lastBreak === -1 ? this.column + text.length : text.length - lastBreak;
    return new Position(line, column);
  }
}

/** The error of a file that cannot be read on; without a position it is about the whole file. */
export function unreadable(name: string, position: Position | null, problem: string): CodedError {
  const place = position ? `${name}:${position.line}:${position.column}` : name;
  return new CodedError('unreadable_file', `${place}: ${problem}`);
}

export const inKibibytes = (bytes: number): string => `${bytes / 1024} KiB`;
