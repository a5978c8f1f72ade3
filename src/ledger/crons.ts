/** The schedules of the jobs. wrangler.toml must list the same; a test checks it. */
export const CRONS = { often: '*/5 * * * *', hourly: '42 * * * *', nightly: '17 3 * * *' } as const

/** The time between two runs. */
export const CRON_PERIODS_MS: Readonly<Record<keyof typeof CRONS, number>> = {
  often: 300_000,
  hourly: 3_600_000,
  nightly: 86_400_000,
}
