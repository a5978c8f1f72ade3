import type { Reporter, TestModule } from 'vitest/node'

/** Ends every run with one line that any CI can read: N passed, N failed. */
export default class CountReporter implements Reporter {
  private passed = 0
  // A run that breaks before it has begun has failed.
  private failed = 1

  onInit(): void {
    // Printed last: the default reporter writes its summary when the run ends.
    process.once('exit', () => console.log(`${this.passed} passed, ${this.failed} failed`))
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string): number =>
      tests.filter((test) => test.result().state === state).length
    const brokenModules = modules.filter((module) => module.errors().length > 0)
    this.passed = count('passed')
    this.failed = count('failed') + brokenModules.length + errors.length
    if (tests.length === 0) this.failed = Math.max(this.failed, 1)
  }
}
