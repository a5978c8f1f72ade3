import { resolve, sep } from 'node:path'
import type { Plugin } from 'esbuild'

interface Library {
  /** Its folder in node_modules. */
  folder: string
  /** What it is to find in place of its own modules, by the end of their path. */
  instead: Readonly<Record<string, string>>
}

const LEFT_OUT: readonly Library[] = [
  {
    folder: '@simplewebauthn/server',
    instead: {
      '/unwrapEC2Signature.js': 'src/people/passkeys/ecdsa-signature.ts',
      ...everyOne('src/people/passkeys/no-attestation.ts', [
        '/android-key.js',
        '/android-safetynet.js',
        '/apple.js',
        '/convertX509PublicKeyToCOSE.js',
        '/getCertificateInfo.js',
        '/isCertRevoked.js',
        '/mapX509SignatureAlgToCOSEAlg.js',
        '/mds.js',
        '/metadataService.js',
        '/validateCertificatePath.js',
        '/validateExtFIDOGenCEAAGUID.js',
        '/verifyAttestationAndroidKey.js',
        '/verifyAttestationAndroidSafetyNet.js',
        '/verifyAttestationApple.js',
        '/verifyAttestationFIDOU2F.js',
        '/verifyAttestationTPM.js',
        '/verifyAttestationWithMetadata.js',
      ]),
    },
  },
  {
    folder: 'drizzle-orm',
    // It asks whether a column or a key is one of Postgres.
    instead: everyOne('src/schema/no-postgres.ts', [
      '/pg-core/columns/enum.js',
      '/pg-core/primary-keys.js',
    ]),
  },
]

function everyOne(instead: string, modules: readonly string[]): Record<string, string> {
  return Object.fromEntries(modules.map((name) => [name, instead]))
}

/**
 * Leaves out of the Worker what it never runs: V8 passes over every byte of it at each cold start. Verifying
 * attestations alone (certificates, ASN.1, and what these bring along) would be a third of it.
 */
export const leftOut: Plugin = {
  name: 'left-out',
  setup: (build) =>
    build.onResolve({ filter: /\.js$/ }, ({ path, importer }) => {
      const library = LEFT_OUT.find(({ folder }) =>
        importer.includes(['', 'node_modules', ...folder.split('/'), ''].join(sep)),
      )
      const found = Object.entries(library?.instead ?? {}).find(([end]) => path.endsWith(end))
      return found ? { path: resolve(found[1]) } : undefined
    }),
}
