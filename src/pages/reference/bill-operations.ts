import { managementKeyAnswer } from '../../billing/keys/answer.ts'
import { newManagementKey } from '../../billing/keys/input.ts'
import type { MemberOperation } from './member-operation.ts'

export const BILL_SHAPES = {
  ManagementKey: managementKeyAnswer,
  NewManagementKey: newManagementKey,
} as const

const path = '/management-keys/grok'

export const BILL_OPERATIONS: readonly MemberOperation[] = [
  {
    method: 'get',
    path,
    id: 'getManagementKey',
    summary: 'The saved management key of xAI',
    description: 'Its last four characters, and when xAI’s bill was last read with it.',
    body: null,
    answer: managementKeyAnswer,
    status: 200,
  },
  {
    method: 'put',
    path,
    id: 'saveManagementKey',
    summary: 'Save a management key of xAI',
    description:
      'For owners. It needs permission to read billing alone. It is tested at xAI and stored sealed.',
    body: newManagementKey,
    answer: managementKeyAnswer,
    status: 200,
  },
  {
    method: 'delete',
    path,
    id: 'deleteManagementKey',
    summary: 'Delete the management key',
    description: 'For owners. With it goes what was read of xAI’s bill.',
    body: null,
    answer: null,
    status: 204,
  },
]
