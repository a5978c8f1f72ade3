DROP INDEX `requests_by_failure`;--> statement-breakpoint
ALTER TABLE `requests` ADD `saved_ticks` integer;--> statement-breakpoint
CREATE INDEX `requests_by_failure` ON `requests` (`account_id`,`id`,`status`,`outcome`,`error_code`,`model`,`requested_model`,`label`,`token_id`) WHERE "status" >= 400 OR "outcome" NOT IN ('complete', 'client_gone');--> statement-breakpoint
ALTER TABLE `rollups` ADD `own_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `timed_tokens` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `timed_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `compared_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `listed_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `saved_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `own_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `timed_tokens` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `timed_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `compared_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `listed_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `saved_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `timed_requests` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `compared_requests` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `timed_requests` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `compared_requests` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- The view says what one row adds to the sums of its hour, and its trigger adds it; both by hand, as is
-- all that follows. Whoever needs sums finer than by the hour adds up the view itself.
DROP VIEW `rolled_up`;
--> statement-breakpoint
-- A lost request has no times: when it ended is not known. What fetches a result did not make it.
CREATE VIEW `rolled_up` AS SELECT
	account_id,
	id,
	at_ms - at_ms % 3600000 AS hour_ms,
	token_id,
	ifnull(model, ifnull(requested_model, '')) AS model,
	ifnull(label, '') AS label,
	1 AS requests,
	outcome NOT IN ('complete', 'client_gone') AS failed,
	outcome = 'client_gone' AS aborted,
	ifnull(input_tokens, 0) AS input_tokens,
	ifnull(cached_tokens, 0) AS cached_tokens,
	ifnull(output_tokens, 0) AS output_tokens,
	ifnull(reasoning_tokens, 0) AS reasoning_tokens,
	iif(cost_basis = 'reported', cost_ticks, 0) AS reported_ticks,
	iif(cost_basis = 'computed', cost_ticks, 0) AS computed_ticks,
	iif(cost_basis = 'estimated', cost_ticks, 0) AS estimated_ticks,
	cost_basis = 'unknown' AS unknown_costs,
	iif(first_byte_ms IS NULL OR outcome = 'lost', '{}', json_object(CAST(CAST(ln(max(first_byte_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)) AS first_byte_histogram,
	iif(outcome = 'lost', '{}', json_object(CAST(CAST(ln(max(total_ms, 1)) / ln(1.1) AS INTEGER) AS TEXT), 1)) AS total_histogram,
	iif(outcome = 'lost', 0, own_ms) AS own_ms,
	iif(outcome = 'complete' AND endpoint NOT LIKE '%/{id}' AND endpoint NOT LIKE '%/results', ifnull(output_tokens, 0), 0) AS timed_tokens,
	iif(outcome = 'complete' AND endpoint NOT LIKE '%/{id}' AND endpoint NOT LIKE '%/results' AND output_tokens > 0, total_ms, 0) AS timed_ms,
	iif(cost_basis = 'reported' AND computed_ticks IS NOT NULL, cost_ticks, 0) AS compared_ticks,
	iif(cost_basis = 'reported', ifnull(computed_ticks, 0), 0) AS listed_ticks,
	ifnull(saved_ticks, 0) AS saved_ticks,
	outcome <> 'lost' AS timed_requests,
	cost_basis = 'reported' AND computed_ticks IS NOT NULL AS compared_requests
FROM `requests`;
--> statement-breakpoint
CREATE TRIGGER `roll_up` INSTEAD OF INSERT ON `rolled_up`
BEGIN
	INSERT INTO `rollups` (
		account_id, hour_ms, token_id, model, label, requests, failed, aborted, input_tokens, cached_tokens, output_tokens, reasoning_tokens, reported_ticks, computed_ticks, estimated_ticks, unknown_costs, first_byte_histogram, total_histogram, own_ms, timed_tokens, timed_ms, compared_ticks, listed_ticks, saved_ticks, timed_requests, compared_requests
	) VALUES (
		NEW.account_id, NEW.hour_ms, NEW.token_id, NEW.model, NEW.label, NEW.requests, NEW.failed, NEW.aborted, NEW.input_tokens, NEW.cached_tokens, NEW.output_tokens, NEW.reasoning_tokens, NEW.reported_ticks, NEW.computed_ticks, NEW.estimated_ticks, NEW.unknown_costs, NEW.first_byte_histogram, NEW.total_histogram, NEW.own_ms, NEW.timed_tokens, NEW.timed_ms, NEW.compared_ticks, NEW.listed_ticks, NEW.saved_ticks, NEW.timed_requests, NEW.compared_requests
	)
	ON CONFLICT (`account_id`, `hour_ms`, `label`, `model`, `token_id`) DO UPDATE SET
		`requests` = `requests` + excluded.requests,
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
		`own_ms` = `own_ms` + excluded.own_ms,
		`timed_tokens` = `timed_tokens` + excluded.timed_tokens,
		`timed_ms` = `timed_ms` + excluded.timed_ms,
		`compared_ticks` = `compared_ticks` + excluded.compared_ticks,
		`listed_ticks` = `listed_ticks` + excluded.listed_ticks,
		`saved_ticks` = `saved_ticks` + excluded.saved_ticks,
		`timed_requests` = `timed_requests` + excluded.timed_requests,
		`compared_requests` = `compared_requests` + excluded.compared_requests,
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
	INSERT INTO `rolled_up` SELECT * FROM `rolled_up` WHERE account_id = NEW.account_id AND id = NEW.id;
END;
--> statement-breakpoint
DROP TRIGGER `rollup_of_found_request`;
--> statement-breakpoint
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
	INSERT INTO `rolled_up` SELECT * FROM `rolled_up` WHERE account_id = NEW.account_id AND id = NEW.id;
END;
--> statement-breakpoint
-- No day has its cubes yet, and no hour the latencies of its requesters.
INSERT INTO `unfolded` SELECT DISTINCT account_id, substr(kind, 1, length(kind) - 4), start_ms FROM `summaries`
	WHERE kind IN ('hour_all', 'day_all') ON CONFLICT DO NOTHING;
