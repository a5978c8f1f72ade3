-- WITHOUT ROWID is added by hand: one written row in place of two.
CREATE TABLE `objects` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`token_id` text NOT NULL,
	`expires_at_ms` integer,
	PRIMARY KEY(`account_id`, `id`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `objects_by_end` ON `objects` (`expires_at_ms`) WHERE "expires_at_ms" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `allowed_origins` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `canaries` ADD `current_at_ms` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `scope` text DEFAULT 'all' NOT NULL;--> statement-breakpoint
ALTER TABLE `tokens` ADD `replaced_by` text;