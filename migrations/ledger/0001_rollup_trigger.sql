-- Keeps the hourly sums in the statement that writes the row: both or neither, and an ignored duplicate
-- fires nothing.
CREATE TRIGGER `rollup_of_request` AFTER INSERT ON `requests`
BEGIN
	INSERT INTO `rollups` VALUES (
		NEW.account_id,
		NEW.at_ms - NEW.at_ms % 3600000,
		NEW.token_id,
		ifnull(NEW.model, ifnull(NEW.requested_model, '')),
		ifnull(NEW.label, ''),
		1,
		NEW.outcome NOT IN ('complete', 'client_gone'),
		NEW.outcome = 'client_gone',
		ifnull(NEW.input_tokens, 0),
		ifnull(NEW.cached_tokens, 0),
		ifnull(NEW.output_tokens, 0),
		ifnull(NEW.reasoning_tokens, 0),
		iif(NEW.cost_basis = 'reported', NEW.cost_ticks, 0),
		iif(NEW.cost_basis = 'computed', NEW.cost_ticks, 0),
		iif(NEW.cost_basis = 'estimated', NEW.cost_ticks, 0),
		NEW.cost_basis = 'unknown',
		iif(NEW.first_byte_ms IS NULL, '{}', json_object(CAST(CAST(ln(max(NEW.first_byte_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)),
		json_object(CAST(CAST(ln(max(NEW.total_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)
	)
	ON CONFLICT (`account_id`, `hour_ms`, `token_id`, `model`, `label`) DO UPDATE SET
		`requests` = `requests` + 1,
		`failed` = `failed` + excluded.failed,
		`aborted` = `aborted` + excluded.aborted,
		`input_tokens` = `input_tokens` + excluded.input_tokens,
		`cached_tokens` = `cached_tokens` + excluded.cached_tokens,
		`output_tokens` = `output_tokens` + excluded.output_tokens,
		`reasoning_tokens` = `reasoning_tokens` + excluded.reasoning_tokens,
		`reported_ticks` = `reported_ticks` + excluded.reported_ticks,
		`computed_ticks` = `computed_ticks` + excluded.computed_ticks,
		`estimated_ticks` = `estimated_ticks` + excluded.estimated_ticks,
		`unknown_costs` = `unknown_costs` + excluded.unknown_costs,
		`first_byte_histogram` = (
			SELECT json_group_object(key, n) FROM (
				SELECT key, sum(value) AS n FROM (
					SELECT key, value FROM json_each(rollups.first_byte_histogram)
					UNION ALL SELECT key, value FROM json_each(excluded.first_byte_histogram)
				) GROUP BY key
			)
		),
		`total_histogram` = (
			SELECT json_group_object(key, n) FROM (
				SELECT key, sum(value) AS n FROM (
					SELECT key, value FROM json_each(rollups.total_histogram)
					UNION ALL SELECT key, value FROM json_each(excluded.total_histogram)
				) GROUP BY key
			)
		);
END;
