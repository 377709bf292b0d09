/** What a refused piece of work was refused with. */
import { CodedError, type ErrorCode } from '../../src/contracts/errors.js';

/** The code of the coded error that `work` throws, or null if it throws none. */
export function thrownCode(work: () => unknown): ErrorCode | null {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return null;
}
