import type { Reporter, TestModule } from 'vitest/node'

/** Ends every run with one line that any CI can read. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const brokenModules = modules.filter(
      (module) =>
        module.state() === 'failed' && [...module.children.allTests('failed')].length === 0,
    )
    const failed =
      tests.filter((test) => test.result().state === 'failed').length + brokenModules.length
    // Printed last: the default reporter writes its summary in the same turn.
    process.once('exit', () => console.log(`${passed} passed, ${failed + errors.length} failed`))
  }
}
