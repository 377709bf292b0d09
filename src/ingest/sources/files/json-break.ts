/**
 * Finds the character and the element at which a file stops being JSON. It reads the file once
 * more with stream-json's verifier, which knows the character but halves the speed of reading, so
 * that only a file that is known to be broken pays for it.
 */
import { jsonParser } from 'stream-json/parser.js';
import { jsonVerifier, type VerifierError } from 'stream-json/utils/verifier.js';
import { readText } from './decode.js';
import type { FileInput, ReadLimits } from './file-input.js';
import { Elements, JSON_LOOK_AHEAD, WrongStructure } from './json-elements.js';
import { Position, unreadable } from './place.js';

/** More than the verifier waits for before it judges. */
const RECENT_CHARACTERS = 1024;

/** The error that names the place. */
export async function findBreak(file: FileInput, limits: ReadLimits): Promise<Error> {
  const verify = jsonVerifier();
  const tokensOf = jsonParser({ packValues: false });
  const elements = new Elements(limits.recordBytes);
  // What is found wrong may have begun before the piece in which it is found.
  let recent = '';
  let position = new Position();
  let verified = 0;
  for await (const text of withLookAhead(readText(file, limits))) {
    const fault = faultOf(() => verify(text));
    const sound = fault === null ? text.length : fault - verified;
    const place = position.after((recent + text).slice(0, recent.length + sound));
    try {
      const tokens = tokensOf(text.slice(0, Math.max(sound, 0)));
      if (typeof tokens !== 'symbol') tokens.values.forEach((token) => elements.take(token));
    } catch (error) {
      if (!(error instanceof WrongStructure)) throw error;
      return unreadable(file.name, position.after(recent), error.message);
    }
    if (fault !== null) return unreadable(file.name, place, problemOf(elements));
    const dropped = (recent + text).slice(0, -RECENT_CHARACTERS);
    position = position.after(dropped);
    recent = (recent + text).slice(-RECENT_CHARACTERS);
    verified += text.length;
  }
  return unreadable(file.name, null, 'The JSON is broken, or was while it was read before.');
}

/** White space behind the end means nothing, and has the verifier judge what it still waits for. */
async function* withLookAhead(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  yield* pieces;
  yield JSON_LOOK_AHEAD;
}

/** The offset of the character that is wrong. */
function faultOf(verify: () => unknown): number | null {
  try {
    verify();
    return null;
  } catch (error) {
    return (error as VerifierError).offset;
  }
}

function problemOf(elements: Elements): string {
  const problem = `The JSON is broken ${elements.whereabouts()}.`;
  return elements.isClosed
    ? `${problem} If the file has one object a line, say \`file: { format: ndjson }\`.`
    : problem;
}
