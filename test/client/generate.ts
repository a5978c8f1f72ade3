import openapiTS, { astToString } from 'openapi-typescript'
import { openApiDocument } from '../../src/pages/reference/document.ts'

export const TYPES_FILE = 'test/client/api.d.ts'

/** The types of a client of the API, made from its OpenAPI document. */
export const generateTypes = async (): Promise<string> =>
  astToString(await openapiTS(JSON.stringify(openApiDocument('https://metrion.example'))))
