import {
  newTokenAnswer,
  rotationAnswer,
  tokenAnswer,
  tokensAnswer,
} from '../../credentials/tokens/answer.ts'
import { newToken, rotation, tokenChanges } from '../../credentials/tokens/input.ts'

import { budgetAnswer, budgetsAnswer } from '../../spend/budgets/answer.ts'
import { budgetChanges, newBudget } from '../../spend/budgets/input.ts'
import { ALERT_OPERATIONS, ALERT_SHAPES } from './alert-operations.ts'
import { BILL_OPERATIONS, BILL_SHAPES } from './bill-operations.ts'
import type { MemberOperation } from './member-operation.ts'

/** Names of the shapes of bodies and answers in the document. */
export const MEMBER_SHAPES = {
  Token: tokenAnswer,
  TokenList: tokensAnswer,
  TokenWithSecret: newTokenAnswer,
  Rotated: rotationAnswer,
  NewToken: newToken,
  TokenChanges: tokenChanges,
  Rotation: rotation,
  Budget: budgetAnswer,
  BudgetList: budgetsAnswer,
  NewBudget: newBudget,
  BudgetChanges: budgetChanges,
  ...ALERT_SHAPES,
  ...BILL_SHAPES,
} as const

export const MEMBER_OPERATIONS: readonly MemberOperation[] = [
  {
    method: 'get',
    path: '/tokens',
    id: 'listTokens',
    summary: 'The account’s Metrion tokens',
    description: 'Revoked ones as well, the oldest first.',
    body: null,
    answer: tokensAnswer,
    status: 200,
  },
  {
    method: 'post',
    path: '/tokens',
    id: 'createToken',
    summary: 'Create a token',
    description: 'What is left out limits nothing; the scope is inference.',
    body: newToken,
    answer: newTokenAnswer,
    status: 201,
  },
  {
    method: 'patch',
    path: '/tokens/{id}',
    id: 'changeToken',
    summary: 'Change a token',
    description:
      'Only what is sent changes; null removes a limit. It takes effect everywhere within about a minute.',
    body: tokenChanges,
    answer: tokenAnswer,
    status: 200,
  },
  {
    method: 'post',
    path: '/tokens/{id}/rotate',
    id: 'rotateToken',
    summary: 'Give a token a new secret',
    description: 'The secret before works for the hours of grace, under the same limits.',
    body: rotation,
    answer: rotationAnswer,
    status: 200,
  },
  {
    method: 'delete',
    path: '/tokens/{id}',
    id: 'revokeToken',
    summary: 'Revoke a token',
    description: 'It stops for good.',
    body: null,
    answer: null,
    status: 204,
  },
  {
    method: 'get',
    path: '/budgets',
    id: 'listBudgets',
    summary: 'The account’s budgets, with what is spent',
    description: 'The oldest first; of each, the 100 values with the most spent.',
    body: null,
    answer: budgetsAnswer,
    status: 200,
  },
  {
    method: 'post',
    path: '/budgets',
    id: 'createBudget',
    summary: 'Create a budget',
    description:
      'For owners. It counts what the ledger has of its running window, and holds everywhere within about a minute.',
    body: newBudget,
    answer: budgetAnswer,
    status: 201,
  },
  {
    method: 'get',
    path: '/budgets/{id}',
    id: 'getBudget',
    summary: 'A budget, with what is spent',
    description: 'With ?value= the state of that one value, however little it has spent.',
    body: null,
    answer: budgetAnswer,
    status: 200,
  },
  {
    method: 'patch',
    path: '/budgets/{id}',
    id: 'changeBudget',
    summary: 'Change a budget',
    description:
      'For owners. Only what is sent changes. The running window is counted anew from the ledger.',
    body: budgetChanges,
    answer: budgetAnswer,
    status: 200,
  },
  {
    method: 'delete',
    path: '/budgets/{id}',
    id: 'deleteBudget',
    summary: 'Delete a budget',
    description: 'For owners. What it refused passes everywhere within about a minute.',
    body: null,
    answer: null,
    status: 204,
  },
  ...ALERT_OPERATIONS,
  ...BILL_OPERATIONS,
]
