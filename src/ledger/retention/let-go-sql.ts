/** The totals kept of pruned rows: column of `let_go` → the sum over the rows. */
export const LET_GO: Readonly<Record<string, string>> = {
  requests: 'sum(times)',
  input_tokens: 'ifnull(sum(input_tokens), 0)',
  output_tokens: 'ifnull(sum(output_tokens), 0)',
  reported_ticks: `ifnull(sum(cost_ticks) FILTER (WHERE cost_basis = 'reported'), 0)`,
  computed_ticks: `ifnull(sum(cost_ticks) FILTER (WHERE cost_basis = 'computed'), 0)`,
  estimated_ticks: `ifnull(sum(cost_ticks) FILTER (WHERE cost_basis = 'estimated'), 0)`,
}
