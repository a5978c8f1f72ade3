/** `response`: an answer that broke off here; xAI may have all of it. */
export const ASYNC_JOB_KINDS = ['chat', 'image', 'video', 'batch', 'response'] as const
export type AsyncJobKind = (typeof ASYNC_JOB_KINDS)[number]
