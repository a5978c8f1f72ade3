import { failed, isTerminal, mustWrangler, wrangler, type Run } from '../wrangler.ts'
import { troubleIn } from '../troubles.ts'

const SECRETS = ['secret', 'list', '--format', 'json']

/**
 * The names of the deployed Worker's secrets; null: there is no such Worker. Throws without a clear answer: a new
 * master key over an unseen old one would lose every saved xAI key. On a terminal, wrangler may log in and ask for the
 * account first.
 */
export async function deployedSecrets(): Promise<string[] | null> {
  for (let attempt = 1; ; attempt++) {
    const run = await wrangler(SECRETS)
    if (run.code === 0) return namesIn(run)
    const said = run.stdout + run.stderr
    if (said.includes('[code: 10007]')) return null
    const canAsk = isTerminal() && attempt <= 2
    if (!canAsk || !(await askPerson(said))) {
      const { message } = failed(SECRETS, run)
      throw new Error(`Cannot tell what is deployed, so nothing was changed. ${message}`)
    }
  }
}

function namesIn({ stdout }: Run): string[] {
  try {
    return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)
  } catch (error) {
    throw new Error(`Cannot tell what is deployed, so nothing was changed: ${stdout}`, {
      cause: error,
    })
  }
}

/** Lets wrangler ask its own question. False: it has none that would help. */
async function askPerson(said: string): Promise<boolean> {
  const trouble = troubleIn(said)
  if (trouble === 'no-login') await mustWrangler(['login'], 'terminal')
  // The shortest command that needs an account; wrangler remembers the choice.
  else if (trouble === 'several-accounts') await mustWrangler(['queues', 'list'], 'terminal')
  else return false
  return true
}
