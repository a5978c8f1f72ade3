import type { MasterKeyState, VersionInUse } from '../../credentials/seal/job.ts'
import { some } from '../../http/format.ts'

/** Under which versions of the master key secrets are sealed, and which of those can go. */
export function MasterKeys({ state }: { state: MasterKeyState }) {
  const { current, held, inUse } = state
  const versions = [...new Set([...held, ...inUse.map(({ version }) => version)])]
  return (
    <section class="card" aria-labelledby="master-keys-title">
      <header>
        <h2 id="master-keys-title">Master keys</h2>
      </header>
      <p class="hint">
        What is sealed under an older version is sealed anew under the first one, some of it every
        five minutes.
      </p>
      <ul class="rows">
        {versions.map((version) => (
          <li>
            <code>{version}</code>
            <span>{keyStatus(version, current, held, inUse)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function keyStatus(
  version: string,
  current: string,
  held: readonly string[],
  inUse: readonly VersionInUse[],
): string {
  const { tokens = 0, keys = 0 } = inUse.find((one) => one.version === version) ?? {}
  const sealed = `${some(tokens, 'token')} and ${some(keys, 'xAI key')} are sealed under it`
  if (!held.includes(version)) return `${sealed}, and MASTER_KEYS lacks it: put it back`
  if (version === current) return `seals; ${sealed}`
  if (tokens + keys > 0) return `${sealed}; keep it until there are none`
  return 'nothing is sealed under it any more: it can go from MASTER_KEYS'
}
