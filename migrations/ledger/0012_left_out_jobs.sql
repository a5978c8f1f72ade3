CREATE TABLE `left_out_jobs` (
	`name` text PRIMARY KEY NOT NULL,
	`since_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `erasures` ADD `erased_at_ms` integer;