-- One place adds a row to its hour: whatever is "inserted" into this view. The trigger of a new row, the
-- one of a row that was given up too early, and the rebuilding of a range all go through it.
CREATE VIEW `rolled_up` AS SELECT * FROM `requests`;
--> statement-breakpoint
-- A lost request has no times: when it ended is not known.
CREATE TRIGGER `roll_up` INSTEAD OF INSERT ON `rolled_up`
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
		iif(NEW.first_byte_ms IS NULL OR NEW.outcome = 'lost', '{}', json_object(CAST(CAST(ln(max(NEW.first_byte_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)),
		iif(NEW.outcome = 'lost', '{}', json_object(CAST(CAST(ln(max(NEW.total_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1))
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
--> statement-breakpoint
DROP TRIGGER `rollup_of_request`;
--> statement-breakpoint
CREATE TRIGGER `rollup_of_request` AFTER INSERT ON `requests`
BEGIN
	INSERT INTO `rolled_up` SELECT * FROM `requests` WHERE account_id = NEW.account_id AND id = NEW.id;
END;
--> statement-breakpoint
-- A request that was thought to be lost, and whose own row has come after all.
CREATE TRIGGER `rollup_of_found_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost'
BEGIN
	UPDATE `rollups` SET requests = requests - 1, failed = failed - 1, unknown_costs = unknown_costs - 1
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = ifnull(OLD.label, '');
	DELETE FROM `rollups` WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = ifnull(OLD.label, '')
		AND requests = 0;
	UPDATE `writers` SET accepted = accepted - 1, written = written - 1 WHERE id = 'marks';
	INSERT INTO `rolled_up` SELECT * FROM `requests` WHERE account_id = NEW.account_id AND id = NEW.id;
END;
