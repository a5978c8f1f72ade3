CREATE TABLE `budgets` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`scope` text NOT NULL,
	`value` text,
	`meter` text NOT NULL,
	`window` text NOT NULL,
	`limit_amount` integer NOT NULL,
	`thresholds` text NOT NULL,
	`action` text NOT NULL,
	`when_unavailable` text NOT NULL,
	`increase_by` integer,
	`increase_until_ms` integer,
	`created_at_ms` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	`checked_at_ms` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `budgets_by_account` ON `budgets` (`account_id`);--> statement-breakpoint
CREATE INDEX `budgets_by_check` ON `budgets` (`checked_at_ms`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `time_zone` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `new_requests_per_minute` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `new_tokens_per_minute` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `new_concurrent` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `requests_per_minute` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `tokens_per_minute` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `concurrent` integer;