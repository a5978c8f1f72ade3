CREATE TABLE `saved_views` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`path` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `saved_views_by_name` ON `saved_views` (`account_id`,`name`);--> statement-breakpoint
ALTER TABLE `tokens` ADD `created_by` text REFERENCES members(id) ON DELETE set null;--> statement-breakpoint
CREATE INDEX `tokens_by_maker` ON `tokens` (`created_by`);