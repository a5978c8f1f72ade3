/** One of the keys of MASTER_KEYS. */
export interface MasterKey {
  version: string
  /** 32 bytes in base64. */
  encoded: string
}

/** What MASTER_KEYS has to look like, in words. */
export const MASTER_KEYS_FORM =
  'version:key[,version:key], each version once, each key 32 bytes in base64'

const VERSION = /^[A-Za-z0-9_-]{1,16}$/
const THIRTY_TWO_BYTES = /^[A-Za-z0-9+/]{43}=?$/

/**
 * Reads `version:key[,version:key…]`. A key alone has the version 1, so that `openssl rand -base64 32` is a first one.
 * Null: malformed.
 */
export function parseMasterKeys(text: string): MasterKey[] | null {
  const keys = text.split(',').map((pair): MasterKey => {
    const [version = '', encoded = ''] = pair.includes(':') ? pair.split(':') : ['1', pair]
    return { version: version.trim(), encoded: encoded.trim() }
  })
  const areGood = keys.every(
    (one) => VERSION.test(one.version) && THIRTY_TWO_BYTES.test(one.encoded),
  )
  return areGood && new Set(keys.map(({ version }) => version)).size === keys.length ? keys : null
}
