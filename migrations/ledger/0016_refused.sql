CREATE TABLE `failed_jobs` (
	`name` text PRIMARY KEY NOT NULL,
	`since_ms` integer NOT NULL,
	`error` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `rollups` ADD `refused` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `pass_through_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `refused` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `pass_through_ticks` integer DEFAULT 0 NOT NULL;