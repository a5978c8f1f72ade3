CREATE TABLE `session_sums` (
	`account_id` text NOT NULL,
	`session` text NOT NULL,
	`last_hour_ms` integer NOT NULL,
	`requests` integer NOT NULL,
	`failed` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`saved_ticks` integer NOT NULL,
	`unknown_costs` integer NOT NULL,
	`cost_ticks` integer NOT NULL,
	PRIMARY KEY(`account_id`, `session`)
);
--> statement-breakpoint
CREATE INDEX `session_sums_by_hour` ON `session_sums` (`account_id`,`last_hour_ms`,`session`);--> statement-breakpoint
ALTER TABLE `works` ADD `session` text;--> statement-breakpoint
ALTER TABLE `works` ADD `tags` text;--> statement-breakpoint
ALTER TABLE `requests` ADD `session` text;--> statement-breakpoint
ALTER TABLE `requests` ADD `tags` text;--> statement-breakpoint
CREATE INDEX `requests_by_session` ON `requests` (`account_id`,`session`,`id`) WHERE "requests"."session" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `requests_with_tags` ON `requests` (`account_id`,`id`) WHERE "requests"."tags" IS NOT NULL;