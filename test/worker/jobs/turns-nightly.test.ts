import { CRONS } from '../../../src/ledger/crons.ts'
import { testTurns } from './turns.ts'

testTurns(CRONS.nightly)
