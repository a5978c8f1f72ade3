import { resolve, sep } from 'node:path'
import type { Plugin } from 'esbuild'

interface Library {
  /** Its folder in node_modules. */
  folder: string
  /** The files that replace its modules, by the end of the module's path. */
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
    // Drizzle needs them only to ask whether a column or a key is Postgres's.
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
 * Leaves out of the Worker the code that it never runs: V8 scans every byte of the bundle at each cold start.
 * Attestation verification alone (certificates, ASN.1, and their dependencies) would be a third of it.
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
