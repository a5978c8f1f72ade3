import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { open, seal } from '../../../src/credentials/seal/seal.ts'
import { readCanaries } from '../../../src/credentials/seal/store.ts'
import { envWith } from '../world.ts'

const key = (byte: number): string => new Uint8Array(32).fill(byte).toBase64()
const OLD = `1:${key(1)}`
const ROTATED = `2:${key(2)},1:${key(1)}`

test('what is sealed opens again, names its version and never looks the same twice', async () => {
  const sealed = await seal(OLD, 'account|x', 'xai-secret-ü')
  expect(sealed).toMatch(/^m1\.1\.[\w-]{16}\.[\w-]+$/)
  expect(sealed).not.toContain('secret')
  expect(await open(OLD, 'account|x', sealed)).toBe('xai-secret-ü')
  expect(await seal(OLD, 'account|x', 'xai-secret-ü')).not.toBe(sealed)
})

test('a new version seals, and the old one still opens', async () => {
  const before = await seal(OLD, 'c', 'secret')
  const after = await seal(ROTATED, 'c', 'secret')
  expect(after).toMatch(/^m1\.2\./)
  expect(await open(ROTATED, 'c', before)).toBe('secret')
  expect(await open(ROTATED, 'c', after)).toBe('secret')
  await expect(open(OLD, 'c', after)).rejects.toThrow(
    'version "2", which MASTER_KEYS no longer holds',
  )
})

test('does not open for another account, under another key, or when touched', async () => {
  const sealed = await seal(OLD, 'account|x', 'secret')
  const wrong = 'set the secret back to its former value'
  await expect(open(OLD, 'other|x', sealed)).rejects.toThrow(wrong)
  await expect(open(`1:${key(9)}`, 'account|x', sealed)).rejects.toThrow(wrong)
  const [format, version, iv, text] = sealed.split('.')
  const touched = `${text!.startsWith('A') ? 'B' : 'A'}${text!.slice(1)}`
  await expect(open(OLD, 'account|x', [format, version, iv, touched].join('.'))).rejects.toThrow(
    wrong,
  )
  const relabelled = [format, '2', iv, text].join('.')
  await expect(open(`2:${key(1)}`, 'account|x', relabelled)).rejects.toThrow(wrong)
})

test.each(['', 'nonsense', '1:short', `:${key(1)}`, `1:${key(1)},`, `1 2:${key(1)}`])(
  'refuses MASTER_KEYS %j with a sentence that says its form',
  async (secret) => {
    await expect(seal(secret, 'c', 'x')).rejects.toThrow('of the form version:key[,version:key]')
  },
)

test('the canary sings at a wrong secret, and not at a rotation', async () => {
  const check = (secret: string): Promise<void> => readCanaries(envWith({ MASTER_KEYS: secret }))
  await env.DB.prepare('DELETE FROM canaries').run()
  await check(OLD)
  await check(OLD)
  await expect(check(`1:${key(9)}`)).rejects.toThrow('set the secret back to its former value')
  await expect(check(`7:${key(9)}`)).rejects.toThrow(
    'this deployment sealed with 1; put the former key back',
  )
  await check(ROTATED)
  await check(`2:${key(2)}`)
  expect(await env.DB.prepare('SELECT count(*) AS n FROM canaries').first<number>('n')).toBe(2)
})

test('what was sealed by an earlier version of this code still opens', async () => {
  const golden = 'm1.1.0pfNwZAhtMsNeOrK.huyEM6SpCPAZtEoT-UaLl8VrbPCHx_IC2RA'
  expect(await open(OLD, 'golden', golden)).toBe('xai-golden')
})
