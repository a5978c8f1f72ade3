import { listenForCopies } from './copy.ts'
import { waitForFirstRequest } from './first-request.ts'
import { listenForPasskeys } from './passkeys.ts'

// Every page works without this script; it only adds.
document.documentElement.classList.add('scripted')
listenForCopies()
waitForFirstRequest()
listenForPasskeys()
