import { expect, test } from 'vitest'
import { decide, decideOnce, type RuleState } from '../../../src/alerts/levels.ts'

const HOUR = 3_600_000

/** Plays shares by hour; what is told, with its hour. */
function play(shares: readonly (number | null)[]): string[] {
  let state: RuleState = {}
  const told: string[] = []
  for (const [hour, share] of shares.entries()) {
    const decision = decide(share, state, hour * HOUR)
    state = decision.state
    if (decision.tells !== null) told.push(`${hour} ${decision.tells}`)
  }
  return told
}

const held = (share: number, hours: number): number[] => Array.from({ length: hours }, () => share)

test.each<[string, (number | null)[], string[]]>([
  ['nothing comes near', held(0.89, 30), []],
  ['a warning, once', held(0.9, 30), ['0 warning']],
  ['a warning, then an alert', [0.95, 1], ['0 warning', '1 alert']],
  ['an alert tells the warning, too', [1, 0.95, 0.92], ['0 alert']],
  ['it is over', [0.95, 0.5, 0.5], ['0 warning', '1 over']],
  ['an alert is over', [1.2, 0.95, 0.1], ['0 alert', '2 over']],
  [
    'an alert that lasts is told again after a day',
    held(2, 50),
    ['0 alert', '24 alert', '48 alert'],
  ],
  [
    'one that comes and goes is told once a day',
    [1, 0, 1, 0, 1, 0, ...held(0, 18), 1, 0],
    ['0 alert', '1 over', '24 alert', '25 over'],
  ],
  ['what was not told is not over', [1, 0, 1, 0], ['0 alert', '1 over']],
  ['too little to judge by changes nothing', [1, null, null, 0], ['0 alert', '3 over']],
])('%s', (_, shares, expected) => {
  expect(play(shares)).toEqual(expected)
})

test('what only is or is not is told once, and again when there are more', () => {
  let state: RuleState = {}
  const told: string[] = []
  const counts = [0, 2, 2, 2, 3, 0, 0, 4]
  for (const [day, count] of counts.entries()) {
    const decision = decideOnce({ is: count > 0, level: 'alert', count }, state, day * 24 * HOUR)
    state = decision.state
    if (decision.tells !== null) told.push(`${day} ${decision.tells}`)
  }
  expect(told).toEqual(['1 alert', '4 alert', '5 over', '7 alert'])
})
