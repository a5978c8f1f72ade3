-- WITHOUT ROWID is added by hand, as in 0000.
CREATE TABLE `archived` (
	`account_id` text NOT NULL,
	`day` text NOT NULL,
	`key` text NOT NULL,
	`rows` integer NOT NULL,
	PRIMARY KEY(`account_id`, `day`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `hour_labels` (
	`account_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`labels` integer NOT NULL,
	PRIMARY KEY(`account_id`, `hour_ms`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `let_go` (
	`account_id` text NOT NULL,
	`day_ms` integer NOT NULL,
	`requests` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reported_ticks` integer NOT NULL,
	`computed_ticks` integer NOT NULL,
	`estimated_ticks` integer NOT NULL,
	PRIMARY KEY(`account_id`, `day_ms`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `limits` (
	`name` text PRIMARY KEY NOT NULL,
	`value` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tombstones` (
	`id` text PRIMARY KEY NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
DROP INDEX `requests_by_failure`;--> statement-breakpoint
ALTER TABLE `requests` ADD `times` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `requests` ADD `in_others` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `requests_by_failure` ON `requests` (`account_id`,`id`,`status`,`outcome`,`error_code`,`model`,`requested_model`,`label`,`token_id`,`times`) WHERE "status" >= 400 OR "outcome" NOT IN ('complete', 'client_gone');--> statement-breakpoint
ALTER TABLE `pruned` ADD `early_at_ms` integer;--> statement-breakpoint
ALTER TABLE `pruned` ADD `daily_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `pruned` ADD `monthly_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `pruned` ADD `monthly_until_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `unfolded` ADD `cursor` text;--> statement-breakpoint
ALTER TABLE `writers` ADD `given_up` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- All that follows is by hand. The view, and the trigger behind it: a row may stand for several requests,
-- and requesters beyond a limit an hour are summed up as one, of which those that cost nothing take a quarter.
DROP VIEW `rolled_up`;
--> statement-breakpoint
CREATE VIEW `rolled_up` AS SELECT
	account_id,
	id,
	at_ms - at_ms % 3600000 AS hour_ms,
	token_id,
	ifnull(model, ifnull(requested_model, '')) AS model,
	iif(in_others, ' others', ifnull(label, '')) AS label,
	times AS requests,
	(outcome NOT IN ('complete', 'client_gone')) * times AS failed,
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
DROP TRIGGER `rollup_of_found_request`;
--> statement-breakpoint
DROP TRIGGER `rollup_of_withdrawn_guess`;
--> statement-breakpoint
DROP TRIGGER `redirect_of_request`;
--> statement-breakpoint
DROP TRIGGER `redirect_of_found_request`;
--> statement-breakpoint
DROP TRIGGER `redirect_of_lost_request`;
--> statement-breakpoint
CREATE TRIGGER `rollup_of_request` AFTER INSERT ON `requests`
BEGIN
	UPDATE `requests` SET in_others = 1 WHERE account_id = NEW.account_id AND id = NEW.id AND label IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM `rollups` WHERE account_id = NEW.account_id AND hour_ms = NEW.at_ms - NEW.at_ms % 3600000 AND label = NEW.label)
		AND ifnull((SELECT labels FROM `hour_labels` WHERE account_id = NEW.account_id AND hour_ms = NEW.at_ms - NEW.at_ms % 3600000), 0)
			>= ifnull((SELECT value FROM `limits` WHERE name = 'requesters_per_hour'), 2000) / iif(NEW.cost_basis = 'none' AND NEW.outcome <> 'complete', 4.0, 1);
	INSERT INTO `rolled_up` SELECT * FROM `rolled_up` WHERE account_id = NEW.account_id AND id = NEW.id;
	INSERT INTO `redirects` (account_id, hour_ms, requested_model, model, token_id, label, requests, cost_ticks)
	SELECT account_id, at_ms - at_ms % 3600000, ifnull(requested_model, ''), ifnull(model, ''), token_id, iif(in_others, ' others', ifnull(label, '')), 1, ifnull(cost_ticks, 0)
		FROM `requests` WHERE account_id = NEW.account_id AND id = NEW.id AND redirected = 1
	ON CONFLICT (`account_id`, `hour_ms`, `requested_model`, `model`, `token_id`, `label`) DO UPDATE SET
		`requests` = `requests` + 1, `cost_ticks` = `cost_ticks` + excluded.cost_ticks;
END;
--> statement-breakpoint
CREATE TRIGGER `rollup_of_found_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost'
BEGIN
	UPDATE `rollups` SET
		requests = requests - OLD.times,
		failed = failed - OLD.times,
		input_tokens = input_tokens - ifnull(OLD.input_tokens, 0),
		cached_tokens = cached_tokens - ifnull(OLD.cached_tokens, 0),
		output_tokens = output_tokens - ifnull(OLD.output_tokens, 0),
		reasoning_tokens = reasoning_tokens - ifnull(OLD.reasoning_tokens, 0),
		reported_ticks = reported_ticks - iif(OLD.cost_basis = 'reported', ifnull(OLD.cost_ticks, 0), 0),
		computed_ticks = computed_ticks - iif(OLD.cost_basis = 'computed', ifnull(OLD.cost_ticks, 0), 0),
		estimated_ticks = estimated_ticks - iif(OLD.cost_basis = 'estimated', ifnull(OLD.cost_ticks, 0), 0),
		unknown_costs = unknown_costs - (OLD.cost_basis = 'unknown'),
		saved_ticks = saved_ticks - ifnull(OLD.saved_ticks, 0),
		compared_ticks = compared_ticks - iif(OLD.cost_basis = 'reported' AND OLD.computed_ticks IS NOT NULL, ifnull(OLD.cost_ticks, 0), 0),
		listed_ticks = listed_ticks - iif(OLD.cost_basis = 'reported', ifnull(OLD.computed_ticks, 0), 0),
		compared_requests = compared_requests - (OLD.cost_basis = 'reported' AND OLD.computed_ticks IS NOT NULL)
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
	DELETE FROM `rollups` WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''))
		AND requests = 0;
	UPDATE `writers` SET accepted = accepted - 1, written = written - 1 WHERE id = 'marks';
	INSERT INTO `rolled_up` SELECT * FROM `rolled_up` WHERE account_id = NEW.account_id AND id = NEW.id;
END;
--> statement-breakpoint
CREATE TRIGGER `rollup_of_withdrawn_guess` AFTER UPDATE OF `cost_basis` ON `requests`
WHEN OLD.cost_basis IN ('estimated', 'unknown') AND NEW.cost_basis = 'deferred' AND OLD.outcome = NEW.outcome
BEGIN
	UPDATE `rollups` SET
		input_tokens = input_tokens - ifnull(OLD.input_tokens, 0),
		cached_tokens = cached_tokens - ifnull(OLD.cached_tokens, 0),
		output_tokens = output_tokens - ifnull(OLD.output_tokens, 0),
		reasoning_tokens = reasoning_tokens - ifnull(OLD.reasoning_tokens, 0),
		estimated_ticks = estimated_ticks - iif(OLD.cost_basis = 'estimated', ifnull(OLD.cost_ticks, 0), 0),
		unknown_costs = unknown_costs - (OLD.cost_basis = 'unknown'),
		saved_ticks = saved_ticks - ifnull(OLD.saved_ticks, 0)
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
	UPDATE `redirects` SET cost_ticks = cost_ticks - ifnull(OLD.cost_ticks, 0)
		WHERE OLD.redirected = 1 AND account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND requested_model = ifnull(OLD.requested_model, '') AND model = ifnull(OLD.model, '') AND token_id = OLD.token_id AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
END;
--> statement-breakpoint
CREATE TRIGGER `redirect_of_found_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost' AND NEW.redirected = 1
BEGIN
	INSERT INTO `redirects` (account_id, hour_ms, requested_model, model, token_id, label, requests, cost_ticks)
	VALUES (NEW.account_id, NEW.at_ms - NEW.at_ms % 3600000, ifnull(NEW.requested_model, ''), ifnull(NEW.model, ''), NEW.token_id, iif(NEW.in_others, ' others', ifnull(NEW.label, '')), 1, ifnull(NEW.cost_ticks, 0))
	ON CONFLICT (`account_id`, `hour_ms`, `requested_model`, `model`, `token_id`, `label`) DO UPDATE SET
		`requests` = `requests` + 1, `cost_ticks` = `cost_ticks` + excluded.cost_ticks;
END;
--> statement-breakpoint
CREATE TRIGGER `redirect_of_lost_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost' AND OLD.redirected = 1
BEGIN
	UPDATE `redirects` SET requests = requests - 1, cost_ticks = cost_ticks - ifnull(OLD.cost_ticks, 0)
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND requested_model = ifnull(OLD.requested_model, '') AND model = ifnull(OLD.model, '') AND token_id = OLD.token_id AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
	DELETE FROM `redirects`
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND requested_model = ifnull(OLD.requested_model, '') AND model = ifnull(OLD.model, '') AND token_id = OLD.token_id AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''))
		AND requests = 0;
END;
--> statement-breakpoint
CREATE TRIGGER `rollup_of_repeated_request` AFTER UPDATE OF `times` ON `requests`
WHEN NEW.times > OLD.times AND OLD.outcome = NEW.outcome
BEGIN
	UPDATE `rollups` SET
		requests = requests + NEW.times - OLD.times,
		failed = failed + (OLD.outcome NOT IN ('complete', 'client_gone')) * (NEW.times - OLD.times)
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = iif(OLD.in_others, ' others', ifnull(OLD.label, ''));
END;
--> statement-breakpoint
CREATE TRIGGER `count_label` AFTER INSERT ON `rollups`
WHEN NEW.label <> '' AND NOT EXISTS (SELECT 1 FROM `rollups` WHERE account_id = NEW.account_id AND hour_ms = NEW.hour_ms
	AND label = NEW.label AND (model <> NEW.model OR token_id <> NEW.token_id))
BEGIN
	INSERT INTO `hour_labels` (account_id, hour_ms, labels) VALUES (NEW.account_id, NEW.hour_ms, 1)
	ON CONFLICT (`account_id`, `hour_ms`) DO UPDATE SET labels = labels + 1;
END;
--> statement-breakpoint
DROP TRIGGER `unfold_new`;
--> statement-breakpoint
DROP TRIGGER `unfold_changed`;
--> statement-breakpoint
DROP TRIGGER `unfold_gone`;
--> statement-breakpoint
-- What has changed since it was summed up half-way is summed up from the beginning.
CREATE TRIGGER `unfold_new` AFTER INSERT ON `rollups`
BEGIN
	UPDATE `unfolded` SET cursor = NULL WHERE account_id = NEW.account_id AND kind = 'hour' AND start_ms = NEW.hour_ms AND cursor IS NOT NULL;
	INSERT INTO `unfolded` (account_id, kind, start_ms) SELECT NEW.account_id, 'hour', NEW.hour_ms
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'hour' AND start_ms = NEW.hour_ms);
	UPDATE `unfolded` SET cursor = NULL WHERE account_id = NEW.account_id AND kind = 'day' AND start_ms = NEW.hour_ms - NEW.hour_ms % 86400000 AND cursor IS NOT NULL;
	INSERT INTO `unfolded` (account_id, kind, start_ms) SELECT NEW.account_id, 'day', NEW.hour_ms - NEW.hour_ms % 86400000
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'day' AND start_ms = NEW.hour_ms - NEW.hour_ms % 86400000);
END;
--> statement-breakpoint
CREATE TRIGGER `unfold_changed` AFTER UPDATE ON `rollups`
BEGIN
	UPDATE `unfolded` SET cursor = NULL WHERE account_id = NEW.account_id AND kind = 'hour' AND start_ms = NEW.hour_ms AND cursor IS NOT NULL;
	INSERT INTO `unfolded` (account_id, kind, start_ms) SELECT NEW.account_id, 'hour', NEW.hour_ms
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'hour' AND start_ms = NEW.hour_ms);
	UPDATE `unfolded` SET cursor = NULL WHERE account_id = NEW.account_id AND kind = 'day' AND start_ms = NEW.hour_ms - NEW.hour_ms % 86400000 AND cursor IS NOT NULL;
	INSERT INTO `unfolded` (account_id, kind, start_ms) SELECT NEW.account_id, 'day', NEW.hour_ms - NEW.hour_ms % 86400000
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'day' AND start_ms = NEW.hour_ms - NEW.hour_ms % 86400000);
END;
--> statement-breakpoint
CREATE TRIGGER `unfold_gone` AFTER DELETE ON `rollups`
BEGIN
	UPDATE `unfolded` SET cursor = NULL WHERE account_id = OLD.account_id AND kind = 'hour' AND start_ms = OLD.hour_ms AND cursor IS NOT NULL;
	INSERT INTO `unfolded` (account_id, kind, start_ms) SELECT OLD.account_id, 'hour', OLD.hour_ms
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = OLD.account_id AND kind = 'hour' AND start_ms = OLD.hour_ms);
	UPDATE `unfolded` SET cursor = NULL WHERE account_id = OLD.account_id AND kind = 'day' AND start_ms = OLD.hour_ms - OLD.hour_ms % 86400000 AND cursor IS NOT NULL;
	INSERT INTO `unfolded` (account_id, kind, start_ms) SELECT OLD.account_id, 'day', OLD.hour_ms - OLD.hour_ms % 86400000
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = OLD.account_id AND kind = 'day' AND start_ms = OLD.hour_ms - OLD.hour_ms % 86400000);
END;
--> statement-breakpoint
-- Of rows that were let go before this, their sums are all that is known: without those that are still there.
INSERT INTO `let_go` (account_id, day_ms, requests, input_tokens, output_tokens, reported_ticks, computed_ticks, estimated_ticks)
SELECT account_id, day_ms, sum(requests), sum(input_tokens), sum(output_tokens), sum(reported_ticks), sum(computed_ticks), sum(estimated_ticks) FROM (
	SELECT s.account_id, s.start_ms AS day_ms, requests, input_tokens, output_tokens, reported_ticks, computed_ticks, estimated_ticks
	FROM `pruned` AS p CROSS JOIN `summaries` AS s ON s.account_id = p.account_id AND s.kind = 'day_all' AND s.start_ms < p.before_ms
	WHERE NOT EXISTS (SELECT 1 FROM `unfolded` AS u WHERE u.account_id = p.account_id AND u.kind = 'day' AND u.start_ms = s.start_ms)
	UNION ALL
	SELECT r.account_id, u.start_ms, requests, input_tokens, output_tokens, reported_ticks, computed_ticks, estimated_ticks
	FROM `pruned` AS p CROSS JOIN `unfolded` AS u ON u.account_id = p.account_id AND u.kind = 'day' AND u.start_ms < p.before_ms
	CROSS JOIN `rollups` AS r ON r.account_id = p.account_id AND r.hour_ms >= u.start_ms AND r.hour_ms < min(u.start_ms + 86400000, p.before_ms)
	UNION ALL
	SELECT r.account_id, r.at_ms - r.at_ms % 86400000, -times, -ifnull(input_tokens, 0), -ifnull(output_tokens, 0), -iif(cost_basis = 'reported', ifnull(cost_ticks, 0), 0), -iif(cost_basis = 'computed', ifnull(cost_ticks, 0), 0), -iif(cost_basis = 'estimated', ifnull(cost_ticks, 0), 0)
	FROM `pruned` AS p CROSS JOIN `requests` AS r ON r.account_id = p.account_id AND r.at_ms < p.before_ms
) GROUP BY 1, 2;
