/** The schedules of the jobs. wrangler.toml must list the same; a test checks it. */
export const CRONS = { often: '*/5 * * * *', hourly: '42 * * * *', nightly: '17 3 * * *' } as const
