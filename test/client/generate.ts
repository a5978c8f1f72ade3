// The types of a client of the API, made from its OpenAPI document; run by npm run api-types.
import { writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { openApiDocument } from '../../src/pages/reference/document.ts'

export const TYPES_FILE = 'test/client/api.d.ts'

export const generateTypes = async (): Promise<string> =>
  astToString(await openapiTS(JSON.stringify(openApiDocument('https://metrion.example'))))

if (import.meta.main) await writeFile(TYPES_FILE, await generateTypes())
