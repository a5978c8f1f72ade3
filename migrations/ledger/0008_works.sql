-- WITHOUT ROWID is added by hand, as in 0000.
CREATE TABLE `works` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`token_id` text,
	`label` text,
	`billed_by` text,
	PRIMARY KEY(`account_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `works_by_time` ON `works` (`at_ms`);