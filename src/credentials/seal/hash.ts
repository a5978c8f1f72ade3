/** SHA-256 in hexadecimal digits. No slow hash is needed: secrets of 128 random bits cannot be guessed. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return new Uint8Array(digest).toHex()
}
