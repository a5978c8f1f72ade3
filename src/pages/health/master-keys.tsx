import type { MasterKeyState, VersionInUse } from '../../credentials/seal/job.ts'
import { secretWords } from '../../credentials/seal/sealed.ts'

/** The versions of the master key, how many secrets each one seals, and which ones can be removed. */
export function MasterKeys({ state }: { state: MasterKeyState }) {
  const { current, held, inUse } = state
  const versions = [...new Set([...held, ...inUse.map(({ version }) => version)])]
  return (
    <section class="card" aria-labelledby="master-keys-title">
      <header>
        <h2 id="master-keys-title">Master keys</h2>
      </header>
      <p class="hint">
        Tokens, xAI keys and channels are encrypted (sealed) with the first version in MASTER_KEYS.
        A job reseals those of older versions, some every five minutes.
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

const list = (parts: readonly string[]): string =>
  `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`

export function keyStatus(
  version: string,
  current: string,
  held: readonly string[],
  inUse: readonly VersionInUse[],
): string {
  const { tokens = 0, keys = 0, channels = 0 } = inUse.find((one) => one.version === version) ?? {}
  const sealed = `${list(secretWords({ tokens, keys, channels }))} are sealed with it`
  if (!held.includes(version)) return `${sealed}, but it is missing from MASTER_KEYS: add it back`
  if (version === current) return `in use; ${sealed}`
  if (tokens + keys + channels > 0) return `${sealed}; keep it until none are left`
  return 'nothing is sealed with it: you can remove it from MASTER_KEYS'
}
