/**
 * Replaces the code with which `@simplewebauthn/server` verifies attestations, that is, who made an
 * authenticator. Metrion requests `none`, and accepts only what an authenticator says of itself.
 */
function refuse(): never {
  throw new Error('An attestation was given that nobody has asked for')
}

/** Stands for each root certificate. */
const NO_CERTIFICATE = ''

export const MetadataService = { getStatement: refuse }
export {
  NO_CERTIFICATE as Apple_WebAuthn_Root_CA,
  NO_CERTIFICATE as GlobalSign_Root_CA,
  NO_CERTIFICATE as GlobalSign_Root_CA_R3,
  NO_CERTIFICATE as GlobalSign_Root_R46,
  NO_CERTIFICATE as Google_Hardware_Attestation_Root_1,
  NO_CERTIFICATE as Google_Hardware_Attestation_Root_2,
  NO_CERTIFICATE as Google_Hardware_Attestation_Root_3,
  NO_CERTIFICATE as Google_Hardware_Attestation_Root_4,
  refuse as verifyAttestationWithMetadata,
  refuse as convertX509PublicKeyToCOSE,
  refuse as getCertificateInfo,
  refuse as isCertRevoked,
  refuse as mapX509SignatureAlgToCOSEAlg,
  refuse as validateCertificatePath,
  refuse as validateExtFIDOGenCEAAGUID,
  refuse as verifyAttestationAndroidKey,
  refuse as verifyAttestationAndroidSafetyNet,
  refuse as verifyAttestationApple,
  refuse as verifyAttestationFIDOU2F,
  refuse as verifyAttestationTPM,
}
