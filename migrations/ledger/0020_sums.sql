DROP TRIGGER IF EXISTS `rollup_of_changed_request`;
--> statement-breakpoint
DROP TRIGGER IF EXISTS `rollup_of_found_request`;
--> statement-breakpoint
DROP TRIGGER IF EXISTS `roll_up`;
--> statement-breakpoint
DROP VIEW IF EXISTS `rolled_up`;
--> statement-breakpoint
CREATE VIEW rolled_up AS SELECT
  account_id,
  id,
  at_ms - at_ms % 3600000 AS hour_ms,
  token_id,
  ifnull(model, ifnull(requested_model, '')) AS model,
  iif(in_others, ' others', ifnull(label, '')) AS label,
  times AS requests,
  (outcome NOT IN ('complete', 'client_gone')) * times AS failed,
  (outcome = 'client_gone') AS aborted,
  ifnull(input_tokens, 0) AS input_tokens,
  ifnull(cached_tokens, 0) AS cached_tokens,
  ifnull(output_tokens, 0) AS output_tokens,
  ifnull(reasoning_tokens, 0) AS reasoning_tokens,
  iif(cost_basis = 'reported', ifnull(cost_ticks, 0), 0) AS reported_ticks,
  iif(cost_basis = 'computed', ifnull(cost_ticks, 0), 0) AS computed_ticks,
  iif(cost_basis = 'estimated', ifnull(cost_ticks, 0), 0) AS estimated_ticks,
  (cost_basis = 'unknown') AS unknown_costs,
  iif(outcome = 'lost', 0, own_ms) AS own_ms,
  iif(outcome = 'complete' AND output_tokens > 0
    AND endpoint NOT LIKE '%/{id}' AND endpoint NOT LIKE '%/results', output_tokens, 0) AS timed_tokens,
  iif(outcome = 'complete' AND output_tokens > 0
    AND endpoint NOT LIKE '%/{id}' AND endpoint NOT LIKE '%/results', total_ms, 0) AS timed_ms,
  iif(cost_basis = 'reported' AND computed_ticks IS NOT NULL, ifnull(cost_ticks, 0), 0) AS compared_ticks,
  iif(cost_basis = 'reported', ifnull(computed_ticks, 0), 0) AS listed_ticks,
  ifnull(saved_ticks, 0) AS saved_ticks,
  (NOT outcome = 'lost') AS timed_requests,
  (cost_basis = 'reported' AND computed_ticks IS NOT NULL) AS compared_requests,
  iif(cost_ticks IS NULL, ifnull(counted_ticks, 0), 0) AS counted_ticks,
  (outcome IN ('refused', 'upstream_refused', 'upstream_unreachable')) * times AS uncounted,
  (outcome = 'refused') * times AS refused,
  iif(mode = 'pass-through', ifnull(cost_ticks, 0), 0) AS pass_through_ticks,
  (outcome = 'lost') AS lost,
  (cost_basis = 'deferred') AS deferred,
  iif(first_byte_ms IS NULL OR outcome = 'lost', '{}', json_object(CAST(CAST(ln(max(first_byte_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)) AS first_byte_histogram,
  iif(total_ms IS NULL OR outcome = 'lost', '{}', json_object(CAST(CAST(ln(max(total_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)) AS total_histogram
FROM requests;
--> statement-breakpoint
CREATE TRIGGER roll_up INSTEAD OF INSERT ON rolled_up
BEGIN
  INSERT INTO rollups (account_id, hour_ms, token_id, model, label, requests, failed, aborted, input_tokens, cached_tokens, output_tokens, reasoning_tokens, reported_ticks, computed_ticks, estimated_ticks, unknown_costs, own_ms, timed_tokens, timed_ms, compared_ticks, listed_ticks, saved_ticks, timed_requests, compared_requests, counted_ticks, uncounted, refused, pass_through_ticks, lost, deferred, first_byte_histogram, total_histogram) VALUES (NEW.account_id, NEW.hour_ms, NEW.token_id, NEW.model, NEW.label, NEW.requests, NEW.failed, NEW.aborted, NEW.input_tokens, NEW.cached_tokens, NEW.output_tokens, NEW.reasoning_tokens, NEW.reported_ticks, NEW.computed_ticks, NEW.estimated_ticks, NEW.unknown_costs, NEW.own_ms, NEW.timed_tokens, NEW.timed_ms, NEW.compared_ticks, NEW.listed_ticks, NEW.saved_ticks, NEW.timed_requests, NEW.compared_requests, NEW.counted_ticks, NEW.uncounted, NEW.refused, NEW.pass_through_ticks, NEW.lost, NEW.deferred, NEW.first_byte_histogram, NEW.total_histogram)
  ON CONFLICT (account_id, hour_ms, label, model, token_id) DO UPDATE SET
  requests = requests + excluded.requests,
  failed = failed + excluded.failed,
  aborted = aborted + excluded.aborted,
  input_tokens = input_tokens + excluded.input_tokens,
  cached_tokens = cached_tokens + excluded.cached_tokens,
  output_tokens = output_tokens + excluded.output_tokens,
  reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
  reported_ticks = reported_ticks + excluded.reported_ticks,
  computed_ticks = computed_ticks + excluded.computed_ticks,
  estimated_ticks = estimated_ticks + excluded.estimated_ticks,
  unknown_costs = unknown_costs + excluded.unknown_costs,
  own_ms = own_ms + excluded.own_ms,
  timed_tokens = timed_tokens + excluded.timed_tokens,
  timed_ms = timed_ms + excluded.timed_ms,
  compared_ticks = compared_ticks + excluded.compared_ticks,
  listed_ticks = listed_ticks + excluded.listed_ticks,
  saved_ticks = saved_ticks + excluded.saved_ticks,
  timed_requests = timed_requests + excluded.timed_requests,
  compared_requests = compared_requests + excluded.compared_requests,
  counted_ticks = counted_ticks + excluded.counted_ticks,
  uncounted = uncounted + excluded.uncounted,
  refused = refused + excluded.refused,
  pass_through_ticks = pass_through_ticks + excluded.pass_through_ticks,
  lost = lost + excluded.lost,
  deferred = deferred + excluded.deferred,
  first_byte_histogram = (SELECT json_group_object(key, n) FROM (
    SELECT key, sum(value) AS n FROM (SELECT key, value FROM json_each(rollups.first_byte_histogram)
      UNION ALL SELECT key, value FROM json_each(excluded.first_byte_histogram)) GROUP BY key)),
  total_histogram = (SELECT json_group_object(key, n) FROM (
    SELECT key, sum(value) AS n FROM (SELECT key, value FROM json_each(rollups.total_histogram)
      UNION ALL SELECT key, value FROM json_each(excluded.total_histogram)) GROUP BY key));
END;
--> statement-breakpoint
CREATE TRIGGER rollup_of_found_request AFTER UPDATE OF outcome ON requests
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost'
BEGIN
  UPDATE rollups SET
  requests = requests - OLD.times,
  failed = failed - (OLD.outcome NOT IN ('complete', 'client_gone')) * OLD.times,
  aborted = aborted - (OLD.outcome = 'client_gone'),
  input_tokens = input_tokens - ifnull(OLD.input_tokens, 0),
  cached_tokens = cached_tokens - ifnull(OLD.cached_tokens, 0),
  output_tokens = output_tokens - ifnull(OLD.output_tokens, 0),
  reasoning_tokens = reasoning_tokens - ifnull(OLD.reasoning_tokens, 0),
  reported_ticks = reported_ticks - iif(OLD.cost_basis = 'reported', ifnull(OLD.cost_ticks, 0), 0),
  computed_ticks = computed_ticks - iif(OLD.cost_basis = 'computed', ifnull(OLD.cost_ticks, 0), 0),
  estimated_ticks = estimated_ticks - iif(OLD.cost_basis = 'estimated', ifnull(OLD.cost_ticks, 0), 0),
  unknown_costs = unknown_costs - (OLD.cost_basis = 'unknown'),
  own_ms = own_ms - iif(OLD.outcome = 'lost', 0, OLD.own_ms),
  timed_tokens = timed_tokens - iif(OLD.outcome = 'complete' AND OLD.output_tokens > 0
    AND OLD.endpoint NOT LIKE '%/{id}' AND OLD.endpoint NOT LIKE '%/results', OLD.output_tokens, 0),
  timed_ms = timed_ms - iif(OLD.outcome = 'complete' AND OLD.output_tokens > 0
    AND OLD.endpoint NOT LIKE '%/{id}' AND OLD.endpoint NOT LIKE '%/results', OLD.total_ms, 0),
  compared_ticks = compared_ticks - iif(OLD.cost_basis = 'reported' AND OLD.computed_ticks IS NOT NULL, ifnull(OLD.cost_ticks, 0), 0),
  listed_ticks = listed_ticks - iif(OLD.cost_basis = 'reported', ifnull(OLD.computed_ticks, 0), 0),
  saved_ticks = saved_ticks - ifnull(OLD.saved_ticks, 0),
  timed_requests = timed_requests - (NOT OLD.outcome = 'lost'),
  compared_requests = compared_requests - (OLD.cost_basis = 'reported' AND OLD.computed_ticks IS NOT NULL),
  counted_ticks = counted_ticks - iif(OLD.cost_ticks IS NULL, ifnull(OLD.counted_ticks, 0), 0),
  uncounted = uncounted - (OLD.outcome IN ('refused', 'upstream_refused', 'upstream_unreachable')) * OLD.times,
  refused = refused - (OLD.outcome = 'refused') * OLD.times,
  pass_through_ticks = pass_through_ticks - iif(OLD.mode = 'pass-through', ifnull(OLD.cost_ticks, 0), 0),
  lost = lost - (OLD.outcome = 'lost'),
  deferred = deferred - (OLD.cost_basis = 'deferred')
  WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
    AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, '')) AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
  DELETE FROM rollups WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
    AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, '')) AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, '')) AND requests = 0;
  UPDATE writers SET accepted = accepted - 1, written = written - 1 WHERE id = 'marks';
  INSERT INTO rolled_up SELECT * FROM rolled_up WHERE account_id = NEW.account_id AND id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER rollup_of_changed_request AFTER UPDATE OF cost_basis, times, counted_ticks ON requests
WHEN OLD.outcome = NEW.outcome AND (NEW.times > OLD.times
  OR OLD.counted_ticks IS NOT NULL AND NEW.counted_ticks IS NULL OR OLD.cost_basis IN ('estimated', 'unknown') AND NEW.cost_basis = 'deferred')
BEGIN
  UPDATE rollups SET
  requests = requests - OLD.times + NEW.times,
  failed = failed - (OLD.outcome NOT IN ('complete', 'client_gone')) * OLD.times + (NEW.outcome NOT IN ('complete', 'client_gone')) * NEW.times,
  aborted = aborted - (OLD.outcome = 'client_gone') + (NEW.outcome = 'client_gone'),
  input_tokens = input_tokens - ifnull(OLD.input_tokens, 0) + ifnull(NEW.input_tokens, 0),
  cached_tokens = cached_tokens - ifnull(OLD.cached_tokens, 0) + ifnull(NEW.cached_tokens, 0),
  output_tokens = output_tokens - ifnull(OLD.output_tokens, 0) + ifnull(NEW.output_tokens, 0),
  reasoning_tokens = reasoning_tokens - ifnull(OLD.reasoning_tokens, 0) + ifnull(NEW.reasoning_tokens, 0),
  reported_ticks = reported_ticks - iif(OLD.cost_basis = 'reported', ifnull(OLD.cost_ticks, 0), 0) + iif(NEW.cost_basis = 'reported', ifnull(NEW.cost_ticks, 0), 0),
  computed_ticks = computed_ticks - iif(OLD.cost_basis = 'computed', ifnull(OLD.cost_ticks, 0), 0) + iif(NEW.cost_basis = 'computed', ifnull(NEW.cost_ticks, 0), 0),
  estimated_ticks = estimated_ticks - iif(OLD.cost_basis = 'estimated', ifnull(OLD.cost_ticks, 0), 0) + iif(NEW.cost_basis = 'estimated', ifnull(NEW.cost_ticks, 0), 0),
  unknown_costs = unknown_costs - (OLD.cost_basis = 'unknown') + (NEW.cost_basis = 'unknown'),
  own_ms = own_ms - iif(OLD.outcome = 'lost', 0, OLD.own_ms) + iif(NEW.outcome = 'lost', 0, NEW.own_ms),
  timed_tokens = timed_tokens - iif(OLD.outcome = 'complete' AND OLD.output_tokens > 0
    AND OLD.endpoint NOT LIKE '%/{id}' AND OLD.endpoint NOT LIKE '%/results', OLD.output_tokens, 0) + iif(NEW.outcome = 'complete' AND NEW.output_tokens > 0
    AND NEW.endpoint NOT LIKE '%/{id}' AND NEW.endpoint NOT LIKE '%/results', NEW.output_tokens, 0),
  timed_ms = timed_ms - iif(OLD.outcome = 'complete' AND OLD.output_tokens > 0
    AND OLD.endpoint NOT LIKE '%/{id}' AND OLD.endpoint NOT LIKE '%/results', OLD.total_ms, 0) + iif(NEW.outcome = 'complete' AND NEW.output_tokens > 0
    AND NEW.endpoint NOT LIKE '%/{id}' AND NEW.endpoint NOT LIKE '%/results', NEW.total_ms, 0),
  compared_ticks = compared_ticks - iif(OLD.cost_basis = 'reported' AND OLD.computed_ticks IS NOT NULL, ifnull(OLD.cost_ticks, 0), 0) + iif(NEW.cost_basis = 'reported' AND NEW.computed_ticks IS NOT NULL, ifnull(NEW.cost_ticks, 0), 0),
  listed_ticks = listed_ticks - iif(OLD.cost_basis = 'reported', ifnull(OLD.computed_ticks, 0), 0) + iif(NEW.cost_basis = 'reported', ifnull(NEW.computed_ticks, 0), 0),
  saved_ticks = saved_ticks - ifnull(OLD.saved_ticks, 0) + ifnull(NEW.saved_ticks, 0),
  timed_requests = timed_requests - (NOT OLD.outcome = 'lost') + (NOT NEW.outcome = 'lost'),
  compared_requests = compared_requests - (OLD.cost_basis = 'reported' AND OLD.computed_ticks IS NOT NULL) + (NEW.cost_basis = 'reported' AND NEW.computed_ticks IS NOT NULL),
  counted_ticks = counted_ticks - iif(OLD.cost_ticks IS NULL, ifnull(OLD.counted_ticks, 0), 0) + iif(NEW.cost_ticks IS NULL, ifnull(NEW.counted_ticks, 0), 0),
  uncounted = uncounted - (OLD.outcome IN ('refused', 'upstream_refused', 'upstream_unreachable')) * OLD.times + (NEW.outcome IN ('refused', 'upstream_refused', 'upstream_unreachable')) * NEW.times,
  refused = refused - (OLD.outcome = 'refused') * OLD.times + (NEW.outcome = 'refused') * NEW.times,
  pass_through_ticks = pass_through_ticks - iif(OLD.mode = 'pass-through', ifnull(OLD.cost_ticks, 0), 0) + iif(NEW.mode = 'pass-through', ifnull(NEW.cost_ticks, 0), 0),
  lost = lost - (OLD.outcome = 'lost') + (NEW.outcome = 'lost'),
  deferred = deferred - (OLD.cost_basis = 'deferred') + (NEW.cost_basis = 'deferred')
  WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
    AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, '')) AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
END;
