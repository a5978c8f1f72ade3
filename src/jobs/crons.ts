/** When jobs run; wrangler.toml has to say the same, which a test holds it to. */
export const CRONS = { often: '*/5 * * * *', hourly: '42 * * * *', nightly: '17 3 * * *' } as const
