import { MASTER_KEYS_FORM, parseMasterKeys } from './master-keys.ts'

/** A sealed value does not open, or MASTER_KEYS is malformed. The message says what to do. */
export class SealError extends Error {}

interface MasterKeys {
  /** The version that seals new secrets. */
  current: string
  keys: ReadonlyMap<string, Promise<CryptoKey>>
}

const FORMAT = 'm1'
const parsed = new Map<string, MasterKeys>()
const encoder = new TextEncoder()

/** The first key seals, all open. Throws a SealError if the secret is malformed. */
function readMasterKeys(secret: string | undefined): MasterKeys {
  const known = parsed.get(secret ?? '')
  if (known) return known
  const found = parseMasterKeys(secret ?? '')
  if (found === null)
    throw new SealError(
      `the secret MASTER_KEYS is missing or not of the form ${MASTER_KEYS_FORM}; set it with "npx wrangler secret put MASTER_KEYS"`,
    )
  const keys = found.map(
    ({ version, encoded }) => [version, deriveKey(Uint8Array.fromBase64(encoded))] as const,
  )
  const masterKeys: MasterKeys = { current: found[0]!.version, keys: new Map(keys) }
  parsed.set(secret ?? '', masterKeys)
  return masterKeys
}

async function deriveKey(master: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', master, 'HKDF', false, ['deriveKey'])
  const salt = new Uint8Array(0)
  const info = encoder.encode('metrion seal 1')
  const algorithm = { name: 'AES-GCM', length: 256 }
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt, info },
    material,
    algorithm,
    false,
    ['encrypt', 'decrypt'],
  )
}

export const currentVersion = (secret: string): string => readMasterKeys(secret).current
export const knownVersions = (secret: string): string[] => [...readMasterKeys(secret).keys.keys()]

/**
 * AES-256-GCM. The result names the version of the master key. It opens only in the same context
 * (`account|provider-key|grok`), so a row moved to another account does not open.
 */
export async function seal(secret: string, context: string, plaintext: string): Promise<string> {
  const { current, keys } = readMasterKeys(secret)
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const ciphertext = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: encoder.encode(`${context}|${current}`) },
    await keys.get(current)!,
    encoder.encode(plaintext),
  )
  return [FORMAT, current, toText(iv), toText(new Uint8Array(ciphertext))].join('.')
}

/** Whether MASTER_KEYS holds the version that this is sealed under. False if MASTER_KEYS is malformed. */
export function isHeld(secret: string, sealed: string): boolean {
  try {
    return readMasterKeys(secret).keys.has(sealed.split('.')[1] ?? '')
  } catch {
    return false
  }
}

/** Throws a SealError whose message says which secret is missing or wrong. */
export async function open(secret: string, context: string, sealed: string): Promise<string> {
  const [format, version = '', iv = '', ciphertext = ''] = sealed.split('.')
  const key = readMasterKeys(secret).keys.get(version)
  if (format !== FORMAT || key === undefined) {
    throw new SealError(
      `it was sealed with version "${version}", which MASTER_KEYS no longer holds; add that version again, behind the current one`,
    )
  }
  try {
    const plaintext = await crypto.subtle.decrypt(
      {
        name: 'AES-GCM',
        iv: fromText(iv),
        additionalData: encoder.encode(`${context}|${version}`),
      },
      await key,
      fromText(ciphertext),
    )
    return new TextDecoder().decode(plaintext)
  } catch {
    throw new SealError(
      `version "${version}" of MASTER_KEYS is not the key that it was sealed with; set the secret back to its former value`,
    )
  }
}

const toText = (bytes: Uint8Array): string =>
  bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
const fromText = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.fromBase64(text, { alphabet: 'base64url' })
