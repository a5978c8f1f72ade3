-- WITHOUT ROWID is added by hand, as in 0000, and so are the triggers.
CREATE TABLE `redirects` (
	`account_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`requested_model` text NOT NULL,
	`model` text NOT NULL,
	`token_id` text NOT NULL,
	`label` text NOT NULL,
	`requests` integer NOT NULL,
	`cost_ticks` integer NOT NULL,
	PRIMARY KEY(`account_id`, `hour_ms`, `requested_model`, `model`, `token_id`, `label`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `requests` ADD `redirected` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `works` ADD `kind` text;--> statement-breakpoint
ALTER TABLE `works` ADD `request_id` text;--> statement-breakpoint
ALTER TABLE `works` ADD `requested_model` text;--> statement-breakpoint
ALTER TABLE `works` ADD `mode` text;--> statement-breakpoint
ALTER TABLE `works` ADD `pieces` text;--> statement-breakpoint
ALTER TABLE `works` ADD `bill` text;--> statement-breakpoint
ALTER TABLE `works` ADD `done_at_ms` integer;--> statement-breakpoint
ALTER TABLE `works` ADD `check_at_ms` integer;--> statement-breakpoint
ALTER TABLE `works` ADD `checks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `works` ADD `cursor` text;--> statement-breakpoint
CREATE INDEX `works_outstanding` ON `works` (`account_id`,`at_ms`) WHERE "token_id" IS NOT NULL AND "billed_by" IS NULL AND "done_at_ms" IS NULL AND "kind" <> 'response';--> statement-breakpoint
CREATE INDEX `works_to_check` ON `works` (`check_at_ms`) WHERE "check_at_ms" IS NOT NULL AND "billed_by" IS NULL AND "done_at_ms" IS NULL;
--> statement-breakpoint
-- What was answered by another model than was asked for, by the hour.
CREATE TRIGGER `redirect_of_request` AFTER INSERT ON `requests` WHEN NEW.redirected = 1
BEGIN
	INSERT INTO `redirects` (account_id, hour_ms, requested_model, model, token_id, label, requests, cost_ticks)
	VALUES (NEW.account_id, NEW.at_ms - NEW.at_ms % 3600000, ifnull(NEW.requested_model, ''), ifnull(NEW.model, ''), NEW.token_id, ifnull(NEW.label, ''), 1, ifnull(NEW.cost_ticks, 0))
	ON CONFLICT (`account_id`, `hour_ms`, `requested_model`, `model`, `token_id`, `label`) DO UPDATE SET
		`requests` = `requests` + 1, `cost_ticks` = `cost_ticks` + excluded.cost_ticks;
END;
--> statement-breakpoint
-- A request that was thought to be lost, and whose own row has come after all.
CREATE TRIGGER `redirect_of_lost_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost' AND OLD.redirected = 1
BEGIN
	UPDATE `redirects` SET requests = requests - 1, cost_ticks = cost_ticks - ifnull(OLD.cost_ticks, 0)
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND requested_model = ifnull(OLD.requested_model, '') AND model = ifnull(OLD.model, '') AND token_id = OLD.token_id AND label = ifnull(OLD.label, '');
	DELETE FROM `redirects`
		WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND requested_model = ifnull(OLD.requested_model, '') AND model = ifnull(OLD.model, '') AND token_id = OLD.token_id AND label = ifnull(OLD.label, '')
		AND requests = 0;
END;
--> statement-breakpoint
CREATE TRIGGER `redirect_of_found_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost' AND NEW.redirected = 1
BEGIN
	INSERT INTO `redirects` (account_id, hour_ms, requested_model, model, token_id, label, requests, cost_ticks)
	VALUES (NEW.account_id, NEW.at_ms - NEW.at_ms % 3600000, ifnull(NEW.requested_model, ''), ifnull(NEW.model, ''), NEW.token_id, ifnull(NEW.label, ''), 1, ifnull(NEW.cost_ticks, 0))
	ON CONFLICT (`account_id`, `hour_ms`, `requested_model`, `model`, `token_id`, `label`) DO UPDATE SET
		`requests` = `requests` + 1, `cost_ticks` = `cost_ticks` + excluded.cost_ticks;
END;
--> statement-breakpoint
-- A guess that is withdrawn, because the bill of the answer has come with another request: its tokens and
-- its cost leave the sums, the request stays in them. A lost request that is found is dealt with above.
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
		AND label = ifnull(OLD.label, '');
	UPDATE `redirects` SET cost_ticks = cost_ticks - ifnull(OLD.cost_ticks, 0)
		WHERE OLD.redirected = 1 AND account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND requested_model = ifnull(OLD.requested_model, '') AND model = ifnull(OLD.model, '') AND token_id = OLD.token_id AND label = ifnull(OLD.label, '');
END;
--> statement-breakpoint
DROP TRIGGER `rollup_of_found_request`;
--> statement-breakpoint
-- As in 0007, but that the bill of what was thought lost may have come with another request meanwhile: then
-- it has a cost, and leaves the sums with it. It has no times (see the view).
CREATE TRIGGER `rollup_of_found_request` AFTER UPDATE OF `outcome` ON `requests`
WHEN OLD.outcome = 'lost' AND NEW.outcome <> 'lost'
BEGIN
	UPDATE `rollups` SET
		requests = requests - 1,
		failed = failed - 1,
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
		AND label = ifnull(OLD.label, '');
	DELETE FROM `rollups` WHERE account_id = OLD.account_id AND hour_ms = OLD.at_ms - OLD.at_ms % 3600000
		AND token_id = OLD.token_id AND model = ifnull(OLD.model, ifnull(OLD.requested_model, ''))
		AND label = ifnull(OLD.label, '')
		AND requests = 0;
	UPDATE `writers` SET accepted = accepted - 1, written = written - 1 WHERE id = 'marks';
	INSERT INTO `rolled_up` SELECT * FROM `rolled_up` WHERE account_id = NEW.account_id AND id = NEW.id;
END;
