import { showAccountState } from './account-state.ts'
import { listenForCopies } from './copy.ts'
import { waitForFirstRequest } from './first-request.ts'
import { openLink } from './join.ts'
import { announceNews } from './live-logs.ts'
import { listenForPalette } from './palette.ts'
import { listenForPasskeys } from './passkeys.ts'
import { nameZone, writeTimes } from './times.ts'
import { tellZone } from './zone.ts'

// Pages work without this script, except for passkeys; it only enhances them.
document.documentElement.classList.add('scripted')
listenForCopies()
void showAccountState()
listenForPalette()
waitForFirstRequest()
listenForPasskeys()
tellZone()
nameZone()
writeTimes(document)
announceNews()
openLink()
