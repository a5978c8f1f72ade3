import { hashSecret } from '../seal/hash.ts'

/** Whether this is a pass that the operator's command line has put into the database lately. */
export async function isOperator(
  database: D1Database,
  secret: string,
  nowMs: number,
): Promise<boolean> {
  const found = await database
    .prepare('SELECT 1 FROM operator_passes WHERE secret_hash = ?1 AND expires_at_ms > ?2')
    .bind(await hashSecret(secret), nowMs)
    .first()
  return found !== null
}
