/** Tells who listens in this process that something was written, before the writer goes on. */
export class ChangeNotice {
  private readonly listeners: (() => void)[] = [];

  subscribe(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Does the work, then tells. Of failed work too: what it wrote before it failed may stand. */
  async after<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      for (const listener of this.listeners) listener();
    }
  }
}
