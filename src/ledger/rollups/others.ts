/**
 * The requester that those beyond the limit of an hour are summed up as. No label begins with a space, so that
 * none is called so. Triggers say it a second time.
 */
export const OTHERS = ' others'
