-- WITHOUT ROWID is added by hand, as in 0000; so is how the sums get their new key: a table that triggers
-- name cannot be renamed.
CREATE TABLE `summaries` (
	`account_id` text NOT NULL,
	`kind` text NOT NULL,
	`start_ms` integer NOT NULL,
	`token_id` text NOT NULL,
	`model` text NOT NULL,
	`label` text NOT NULL,
	`requests` integer NOT NULL,
	`failed` integer NOT NULL,
	`aborted` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`reported_ticks` integer NOT NULL,
	`computed_ticks` integer NOT NULL,
	`estimated_ticks` integer NOT NULL,
	`unknown_costs` integer NOT NULL,
	`first_byte_histogram` text NOT NULL,
	`total_histogram` text NOT NULL,
	PRIMARY KEY(`account_id`, `kind`, `start_ms`, `label`, `model`, `token_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `unfolded` (
	`account_id` text NOT NULL,
	`kind` text NOT NULL,
	`start_ms` integer NOT NULL,
	PRIMARY KEY(`account_id`, `kind`, `start_ms`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rollups_before` AS SELECT * FROM `rollups`;
--> statement-breakpoint
DROP TABLE `rollups`;
--> statement-breakpoint
CREATE TABLE `rollups` (
	`account_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`token_id` text NOT NULL,
	`model` text NOT NULL,
	`label` text NOT NULL,
	`requests` integer NOT NULL,
	`failed` integer NOT NULL,
	`aborted` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`reported_ticks` integer NOT NULL,
	`computed_ticks` integer NOT NULL,
	`estimated_ticks` integer NOT NULL,
	`unknown_costs` integer NOT NULL,
	`first_byte_histogram` text NOT NULL,
	`total_histogram` text NOT NULL,
	PRIMARY KEY(`account_id`, `hour_ms`, `label`, `model`, `token_id`)
) WITHOUT ROWID;
--> statement-breakpoint
-- Whatever changes the sums of an hour: neither the hour nor its day is summed up any more.
CREATE TRIGGER `unfold_new` AFTER INSERT ON `rollups`
BEGIN
	INSERT INTO `unfolded` SELECT NEW.account_id, 'hour', NEW.hour_ms
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'hour' AND start_ms = NEW.hour_ms);
	INSERT INTO `unfolded` SELECT NEW.account_id, 'day', NEW.hour_ms - NEW.hour_ms % 86400000
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'day' AND start_ms = NEW.hour_ms - NEW.hour_ms % 86400000);
END;
--> statement-breakpoint
CREATE TRIGGER `unfold_changed` AFTER UPDATE ON `rollups`
BEGIN
	INSERT INTO `unfolded` SELECT NEW.account_id, 'hour', NEW.hour_ms
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'hour' AND start_ms = NEW.hour_ms);
	INSERT INTO `unfolded` SELECT NEW.account_id, 'day', NEW.hour_ms - NEW.hour_ms % 86400000
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = NEW.account_id AND kind = 'day' AND start_ms = NEW.hour_ms - NEW.hour_ms % 86400000);
END;
--> statement-breakpoint
CREATE TRIGGER `unfold_gone` AFTER DELETE ON `rollups`
BEGIN
	INSERT INTO `unfolded` SELECT OLD.account_id, 'hour', OLD.hour_ms
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = OLD.account_id AND kind = 'hour' AND start_ms = OLD.hour_ms);
	INSERT INTO `unfolded` SELECT OLD.account_id, 'day', OLD.hour_ms - OLD.hour_ms % 86400000
		WHERE NOT EXISTS (SELECT 1 FROM `unfolded` WHERE account_id = OLD.account_id AND kind = 'day' AND start_ms = OLD.hour_ms - OLD.hour_ms % 86400000);
END;
--> statement-breakpoint
INSERT INTO `rollups` SELECT * FROM `rollups_before`;
--> statement-breakpoint
DROP TABLE `rollups_before`;
