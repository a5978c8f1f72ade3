const PRIME = 0x01000193
const [BASIS, OTHER_BASIS] = [0x811c9dc5, 0x01234567]

/**
 * A fingerprint of bytes that come in pieces, to tell a few from each other: FNV-1a, twice
 * (http://www.isthe.com/chongo/tech/comp/fnv/). It avoids accidental collisions, not deliberate ones.
 */
export class Fingerprint {
  private one = BASIS
  private other = OTHER_BASIS

  push(piece: Uint8Array): void {
    let { one, other } = this
    for (const byte of piece) {
      one = Math.imul(one ^ byte, PRIME)
      other = Math.imul(other ^ byte, PRIME)
    }
    this.one = one
    this.other = other
  }

  /** The fingerprint of all bytes since the last `end`. */
  end(): string {
    const hex = [this.one, this.other].map((half) => (half >>> 0).toString(16).padStart(8, '0'))
    this.one = BASIS
    this.other = OTHER_BASIS
    return hex.join('')
  }
}
