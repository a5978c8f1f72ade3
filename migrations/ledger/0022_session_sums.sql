CREATE TRIGGER session_of_request AFTER INSERT ON requests WHEN NEW.session IS NOT NULL
BEGIN
  INSERT INTO session_sums (account_id, session, last_hour_ms, requests, failed, input_tokens, cached_tokens, output_tokens, saved_ticks, unknown_costs, cost_ticks)
  SELECT NEW.account_id, NEW.session, NEW.at_ms - NEW.at_ms % 3600000, NEW.times, (NEW.outcome NOT IN ('complete', 'client_gone')) * NEW.times, ifnull(NEW.input_tokens, 0), ifnull(NEW.cached_tokens, 0), ifnull(NEW.output_tokens, 0), ifnull(NEW.saved_ticks, 0), (NEW.cost_basis = 'unknown'), ifnull(NEW.cost_ticks, 0)
  WHERE NEW.session IS NOT NULL
  ON CONFLICT (account_id, session) DO UPDATE SET
    requests = requests + excluded.requests,
    failed = failed + excluded.failed,
    input_tokens = input_tokens + excluded.input_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    saved_ticks = saved_ticks + excluded.saved_ticks,
    unknown_costs = unknown_costs + excluded.unknown_costs,
    cost_ticks = cost_ticks + excluded.cost_ticks;
  UPDATE session_sums SET last_hour_ms = NEW.at_ms - NEW.at_ms % 3600000 WHERE account_id = NEW.account_id AND session = NEW.session AND last_hour_ms < NEW.at_ms - NEW.at_ms % 3600000;
END;
--> statement-breakpoint
CREATE TRIGGER session_of_changed_request AFTER UPDATE OF session, outcome, cost_basis, cost_ticks ON requests
WHEN OLD.session IS NOT NULL OR NEW.session IS NOT NULL
BEGIN
  UPDATE session_sums SET
    requests = requests - OLD.times,
    failed = failed - (OLD.outcome NOT IN ('complete', 'client_gone')) * OLD.times,
    input_tokens = input_tokens - ifnull(OLD.input_tokens, 0),
    cached_tokens = cached_tokens - ifnull(OLD.cached_tokens, 0),
    output_tokens = output_tokens - ifnull(OLD.output_tokens, 0),
    saved_ticks = saved_ticks - ifnull(OLD.saved_ticks, 0),
    unknown_costs = unknown_costs - (OLD.cost_basis = 'unknown'),
    cost_ticks = cost_ticks - ifnull(OLD.cost_ticks, 0)
  WHERE account_id = OLD.account_id AND session = OLD.session;
  DELETE FROM session_sums WHERE account_id = OLD.account_id AND session = OLD.session AND requests = 0;
  UPDATE session_sums SET last_hour_ms = (SELECT at_ms - at_ms % 3600000 FROM requests INDEXED BY requests_by_session
    WHERE account_id = OLD.account_id AND session = OLD.session ORDER BY id DESC LIMIT 1)
  WHERE account_id = OLD.account_id AND session = OLD.session AND last_hour_ms = OLD.at_ms - OLD.at_ms % 3600000
    AND EXISTS (SELECT 1 FROM requests INDEXED BY requests_by_session WHERE account_id = OLD.account_id AND session = OLD.session);
  INSERT INTO session_sums (account_id, session, last_hour_ms, requests, failed, input_tokens, cached_tokens, output_tokens, saved_ticks, unknown_costs, cost_ticks)
  SELECT NEW.account_id, NEW.session, NEW.at_ms - NEW.at_ms % 3600000, NEW.times, (NEW.outcome NOT IN ('complete', 'client_gone')) * NEW.times, ifnull(NEW.input_tokens, 0), ifnull(NEW.cached_tokens, 0), ifnull(NEW.output_tokens, 0), ifnull(NEW.saved_ticks, 0), (NEW.cost_basis = 'unknown'), ifnull(NEW.cost_ticks, 0)
  WHERE NEW.session IS NOT NULL
  ON CONFLICT (account_id, session) DO UPDATE SET
    requests = requests + excluded.requests,
    failed = failed + excluded.failed,
    input_tokens = input_tokens + excluded.input_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    saved_ticks = saved_ticks + excluded.saved_ticks,
    unknown_costs = unknown_costs + excluded.unknown_costs,
    cost_ticks = cost_ticks + excluded.cost_ticks;
  UPDATE session_sums SET last_hour_ms = NEW.at_ms - NEW.at_ms % 3600000 WHERE account_id = NEW.account_id AND session = NEW.session AND last_hour_ms < NEW.at_ms - NEW.at_ms % 3600000;
END;
--> statement-breakpoint
CREATE TRIGGER session_of_deleted_request AFTER DELETE ON requests WHEN OLD.session IS NOT NULL
BEGIN
  UPDATE session_sums SET
    requests = requests - OLD.times,
    failed = failed - (OLD.outcome NOT IN ('complete', 'client_gone')) * OLD.times,
    input_tokens = input_tokens - ifnull(OLD.input_tokens, 0),
    cached_tokens = cached_tokens - ifnull(OLD.cached_tokens, 0),
    output_tokens = output_tokens - ifnull(OLD.output_tokens, 0),
    saved_ticks = saved_ticks - ifnull(OLD.saved_ticks, 0),
    unknown_costs = unknown_costs - (OLD.cost_basis = 'unknown'),
    cost_ticks = cost_ticks - ifnull(OLD.cost_ticks, 0)
  WHERE account_id = OLD.account_id AND session = OLD.session;
  DELETE FROM session_sums WHERE account_id = OLD.account_id AND session = OLD.session AND requests = 0;
  UPDATE session_sums SET last_hour_ms = (SELECT at_ms - at_ms % 3600000 FROM requests INDEXED BY requests_by_session
    WHERE account_id = OLD.account_id AND session = OLD.session ORDER BY id DESC LIMIT 1)
  WHERE account_id = OLD.account_id AND session = OLD.session AND last_hour_ms = OLD.at_ms - OLD.at_ms % 3600000
    AND EXISTS (SELECT 1 FROM requests INDEXED BY requests_by_session WHERE account_id = OLD.account_id AND session = OLD.session);
END;
