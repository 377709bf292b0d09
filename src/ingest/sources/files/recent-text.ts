/**
 * The text since about the last record of a CSV file, kept to find the line and column of what is
 * wrong with the record that follows: csv-parse tells only bytes. csv-records.ts alone uses this.
 */
import { Position } from './place.js';

export class RecentText {
  /** In bytes from the beginning of the text. */
  end = 0;
  private begin = 0;
  private position = new Position();
  private chunks: Buffer[] = [];

  get bytes(): number {
    return this.end - this.begin;
  }

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.end += chunk.length;
  }

  forgetBefore(byte: number): void {
    if (byte <= this.begin) return;
    const all = this.whole();
    const cut = byte - this.begin;
    this.position = this.position.after(all.toString('utf8', 0, cut));
    this.chunks = [all.subarray(cut)];
    this.begin = byte;
  }

  /** The place of a byte; of what follows the empty lines, where it stands before them. */
  placeOf(byte: number): Position {
    const all = this.whole();
    let cut = Math.max(byte - this.begin, 0);
    while (all[cut] === 0x0a || all[cut] === 0x0d) cut += 1;
    return this.position.after(all.toString('utf8', 0, cut));
  }

  private whole(): Buffer {
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
  }
}
