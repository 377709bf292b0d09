/** Cuts a list of ids into lists that one statement can ask about. Pure; for the sinks. */

/** A server takes a URL of 1 MiB, in which a byte may be written as three. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** The quotes and the comma around an id. */
const BYTES_AROUND = 3;

/** Every id once. */
export function* idChunks(ids: Iterable<string>): Generator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const id of new Set(ids)) {
    const added = Buffer.byteLength(id) + BYTES_AROUND;
    if (chunk.length > 0 && bytes + added > MAX_CHUNK_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(id);
    bytes += added;
  }
  if (chunk.length > 0) yield chunk;
}
