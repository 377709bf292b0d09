/** The only source of the present time in the product, so that a test can move it. */
export class Clock {
  now(): Date {
    return new Date();
  }
}
