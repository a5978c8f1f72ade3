/**
 * The label for requesters beyond an hour's limit. No real label begins with a space. The
 * triggers repeat this constant.
 */
export const OTHERS = ' others'
