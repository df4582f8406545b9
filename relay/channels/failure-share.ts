// The share of failures among the calls of the last seconds: four numbers, so that a call costs an addition. Two
// periods stand for a sliding window, the one that runs and the one before it.

export class FailureShare {
  private startedAt = -Infinity;
  private calls = 0;
  private failures = 0;
  private callsBefore = 0;
  private failuresBefore = 0;

  /** The window is one to two periods long. */
  constructor(private readonly periodMs: number) {}

  count(isFailure: boolean, atMs: number): void {
    const age = atMs - this.startedAt;
    if (age >= this.periodMs) {
      const isNext = age < 2 * this.periodMs;
      this.callsBefore = isNext ? this.calls : 0;
      this.failuresBefore = isNext ? this.failures : 0;
      this.startedAt = atMs;
      this.calls = 0;
      this.failures = 0;
    }
    this.calls += 1;
    if (isFailure) this.failures += 1;
  }

  /** Whether of at least `minCalls` calls this share (0 to 1) or more failed. */
  reaches(share: number, minCalls: number): boolean {
    const calls = this.calls + this.callsBefore;
    return calls >= minCalls && this.failures + this.failuresBefore >= share * calls;
  }

  clear(): void {
    this.startedAt = -Infinity;
    this.calls = this.failures = 0;
    this.callsBefore = this.failuresBefore = 0;
  }
}
